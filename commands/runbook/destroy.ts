import {BaseCommand} from '../../src/cli/base-command.js'
import {toConsents} from '../../src/cli/connect-flags.js'
import {consentFlags} from '../../src/cli/flags.js'
import {
  runbookArgs,
  runbookTimeFlags,
  scopeFlags,
  toRunbookLimits,
  toScope,
  workFlags,
} from '../../src/cli/runbook-flags.js'
import {recapText} from '../../src/cli/runbook-text.js'
import {destroyCommand} from '../../src/services/runbook/run-commands.js'

type Recap = Awaited<ReturnType<typeof destroyCommand>>['recap']

export default class RunbookDestroy extends BaseCommand {
  static override summary = 'Take down what a runbook has made; data never'

  static override description = `In reverse order: the stores of each VCH are un-registered by one rollback, where VIC offers that (from 1.5.3 on, right after the configure that added just them), then the server containers are removed. Refuses while containers use the stores, and while any VCH lists a share. Volumes and their data stay.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml --yes',
    '<%= config.bin %> <%= command.id %> shares.yaml --only projects',
  ]

  static override args = runbookArgs

  static override flags = {
    'keep-going': workFlags['keep-going'],
    ...scopeFlags,
    ...runbookTimeFlags,
    yes: consentFlags.yes,
    'reset-progress': consentFlags['reset-progress'],
    'no-rollback': consentFlags['no-rollback'],
  }

  async run(): Promise<Recap> {
    const {args, flags} = await this.parse(RunbookDestroy)
    const {recap, failure} = await this.runService(
      async (tools) => {
        const wish = {file: args.file, scope: toScope(flags), consents: toConsents(flags)}
        const keepGoing = flags['keep-going']
        return destroyCommand({...wish, keepGoing, ...toRunbookLimits(flags)}, {...tools, environment: process.env})
      },
      {render: (done) => recapText(done.recap), showTimings: true},
    )
    if (failure !== undefined) throw failure
    return recap
  }
}
