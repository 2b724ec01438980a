import {Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish, toConsents} from '../src/cli/connect-flags.js'
import {consentFlags} from '../src/cli/flags.js'
import {rollbackText} from '../src/cli/rollback-text.js'
import {connectAdapters} from '../src/services/connect.js'
import {rollbackRegistration, type RollbackResult} from '../src/services/rollback-registration.js'

export default class Rollback extends BaseCommand {
  static override summary = 'Take the last registration of a VCH back; its server container and its data stay'

  static override description = `Finds in the journal of this machine what was registered last on the VCH, and rolls just that back (VIC 1.5.3 and later). It refuses while containers use the stores, when somebody has configured the VCH since, and whenever a rollback would lead anywhere else than to the stores of before.

With --reset-progress it also takes back a registration that an earlier run left half-done.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --yes',
    '<%= config.bin %> <%= command.id %> --reset-progress --yes',
  ]

  static override flags = {
    'dry-run': Flags.boolean({
      summary: 'Show what would go and the exact command, and touch nothing',
      helpGroup: 'CONSUMER',
      exclusive: ['reset-progress'],
    }),
    ...connectFlags,
    yes: consentFlags.yes,
    'reset-progress': consentFlags['reset-progress'],
  }

  async run(): Promise<RollbackResult> {
    const {flags} = await this.parse(Rollback)
    return this.runService(
      async (tools) => {
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        return rollbackRegistration({consents: toConsents(flags), dryRun: flags['dry-run']}, adapters, tools)
      },
      {render: rollbackText, showTimings: !flags['dry-run']},
    )
  }
}
