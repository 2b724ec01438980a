import {Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {toServerSettings} from '../../src/cli/flags.js'
import {engineFlags, imageTagFlag} from '../../src/cli/image-flags.js'
import {builtText} from '../../src/cli/image-text.js'
import {buildServerImage, type BuildImageResult} from '../../src/services/image/build-image.js'
import {connectImageEngine} from '../../src/services/image/image-engine.js'

export default class ImageBuild extends BaseCommand {
  static override summary = 'Build the NFS server image on a Docker Engine'

  static override description = `The files that it is built from come with vicnfs; its packages come from where the base image says. A VCH can build nothing, so this needs a Docker Engine: where DOCKER_HOST names a VCH, say --host.

Run again, nothing changes while the files and the base are the same; --no-cache fetches the packages anew.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> --host unix:///var/run/docker.sock',
    '<%= config.bin %> <%= command.id %> --base registry.example.com/mirror/debian:bookworm-slim',
  ]

  static override flags = {
    ...engineFlags,
    ...imageTagFlag,
    base: Flags.string({
      summary: 'Debian image to start from, such as a mirror; one that the Docker Engine has is not pulled',
      env: 'VICNFS_IMAGE_BASE',
      helpValue: '<reference>',
    }),
    'no-cache': Flags.boolean({summary: 'Run every step, also what an earlier build has done'}),
  }

  async run(): Promise<BuildImageResult> {
    const {flags} = await this.parse(ImageBuild)
    const {tag, base, 'no-cache': noCache} = flags
    return this.runService(
      async (tools) => {
        const adapters = await connectImageEngine(toServerSettings(flags), {...tools, environment: process.env})
        return buildServerImage({tag, noCache, ...(base === undefined ? {} : {base})}, adapters, tools)
      },
      {render: builtText},
    )
  }
}
