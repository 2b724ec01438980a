import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish, toConsents} from '../src/cli/connect-flags.js'
import {consentFlags} from '../src/cli/flags.js'
import {registerText} from '../src/cli/result-text.js'
import {fromFlag, shareFlags, toFromVch} from '../src/cli/share-flags.js'
import {connectAdapters} from '../src/services/connect.js'
import {registerStore, type RegisterStoreResult} from '../src/services/register-store.js'

export default class RegisterStore extends BaseCommand {
  static override summary = 'Register a share, or any NFS URL, as a volume store of a VCH'

  static override description = `Reads the stores that the VCH has, shows the plan, replays the calls of a booting VCH (preflight), asks for consent, runs vic-machine configure with every existing store restated, and watches until the VCH runs with the new store online.

If the VCH does not come back, it is rolled back where its release and history allow it (exit code 6); else the way out is printed (exit code 8) and the server container is kept.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> nfs-store --share nfs-vol --yes',
    "<%= config.bin %> <%= command.id %> nfs-store --url 'nfs://10.0.0.9/exports/data?uid=0&gid=0' --dry-run",
  ]

  static override args = {label: Args.string({description: 'Label of the volume store', required: true})}

  static override flags = {
    share: Flags.string({
      summary: 'The share to register, by the name of its volume',
      helpGroup: 'SHARE',
      exactlyOne: ['share', 'url'],
      helpValue: '<volume>',
    }),
    url: Flags.string({summary: 'Any NFS URL: nfs://host/path?uid=0&gid=0', helpGroup: 'SHARE'}),
    directory: Flags.string({
      summary: 'A directory of the share for this VCH alone, so that several VCHs can use one share',
      helpGroup: 'SHARE',
      helpValue: '<name>',
    }),
    verify: Flags.boolean({summary: 'Prove the store with two containers afterwards', helpGroup: 'CONSUMER'}),
    from: fromFlag('SHARE'),
    image: shareFlags.image,
    'dry-run': Flags.boolean({
      summary: 'Show the plan and the exact command, and touch nothing',
      helpGroup: 'CONSUMER',
      exclusive: ['reset-progress'],
    }),
    ...connectFlags,
    yes: consentFlags.yes,
    'allow-self-hosted': consentFlags['allow-self-hosted'],
    'address-reserved': consentFlags['address-reserved'],
    'adopt-store': consentFlags['adopt-store'],
    'reset-progress': consentFlags['reset-progress'],
    'no-rollback': consentFlags['no-rollback'],
  }

  async run(): Promise<RegisterStoreResult> {
    const {args, flags} = await this.parse(RegisterStore)
    return this.runService(
      async (tools) => {
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        const from = flags.share === undefined ? {url: flags.url ?? ''} : {share: flags.share}
        const directory = flags.directory === undefined ? {} : {directory: flags.directory}
        const verify = flags.verify ? {verifyImage: flags.image} : {}
        const options = {
          label: args.label,
          from,
          consents: toConsents(flags),
          dryRun: flags['dry-run'],
          ...directory,
          ...verify,
          ...toFromVch(flags),
        }
        return registerStore(options, adapters, tools)
      },
      {render: registerText, showTimings: !flags['dry-run']},
    )
  }
}
