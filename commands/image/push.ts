import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {toServerSettings} from '../../src/cli/flags.js'
import {engineFlags, imageTagFlag} from '../../src/cli/image-flags.js'
import {pushedText} from '../../src/cli/image-text.js'
import {registryPassword} from '../../src/cli/registry-password.js'
import {connectImageEngine} from '../../src/services/image/image-engine.js'
import {pushServerImage, type PushImageResult} from '../../src/services/image/push-image.js'

export default class ImagePush extends BaseCommand {
  static override summary = 'Push the NFS server image to a registry that a VCH pulls from'

  static override description = `The login is the one that docker has for this registry: of a credential helper, of the credential store, or of docker's config.json (DOCKER_CONFIG is heeded). --username with --password-stdin stands in for it.

A VCH pulls schema-1 manifests only: docs/server-image.md says which registries serve them.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> registry.example.com/team/nfs-server:0.1',
    'pass show registry | <%= config.bin %> <%= command.id %> registry.example.com/team/nfs-server --username robot --password-stdin',
  ]

  static override args = {
    reference: Args.string({
      description: 'registry/path[:tag]; without a tag, that of the image',
      required: true,
    }),
  }

  static override flags = {
    ...engineFlags,
    ...imageTagFlag,
    username: Flags.string({summary: 'User at the registry', helpGroup: 'REGISTRY'}),
    'password-stdin': Flags.boolean({
      summary: 'Take the password from stdin',
      helpGroup: 'REGISTRY',
      dependsOn: ['username'],
    }),
  }

  async run(): Promise<PushImageResult> {
    const {args, flags} = await this.parse(ImagePush)
    const {username, tag, 'password-stdin': fromStdin} = flags
    return this.runService(
      async (tools) => {
        const adapters = await connectImageEngine(toServerSettings(flags), {...tools, environment: process.env})
        const {askSecret, signal} = tools
        const login =
          username === undefined
            ? {}
            : {login: {username, password: await registryPassword({username, fromStdin, askSecret, signal})}}
        return pushServerImage({reference: args.reference, tag, ...login}, adapters, tools)
      },
      {render: pushedText},
    )
  }
}
