import {BaseCommand} from '../../src/cli/base-command.js'
import {toConsents} from '../../src/cli/connect-flags.js'
import {
  runbookArgs,
  runbookTimeFlags,
  scopeFlags,
  toRunbookLimits,
  toScope,
  workFlags,
} from '../../src/cli/runbook-flags.js'
import {recapText} from '../../src/cli/runbook-text.js'
import {verifyCommand} from '../../src/services/runbook/run-commands.js'

type Recap = Awaited<ReturnType<typeof verifyCommand>>['recap']

export default class RunbookVerify extends BaseCommand {
  static override summary = 'Prove every store of a runbook: what one container writes, another one reads'

  static override description = `Runs the proof of \`vicnfs verify\` for each store, with the image and the demands that the runbook's \`verify\` names. All of them are tried; one that fails makes the exit code 5.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml',
    '<%= config.bin %> <%= command.id %> shares.yaml --target web-1 --json',
  ]

  static override args = runbookArgs

  static override flags = {parallel: workFlags.parallel, ...scopeFlags, ...runbookTimeFlags}

  async run(): Promise<Recap> {
    const {args, flags} = await this.parse(RunbookVerify)
    const {recap, failure} = await this.runService(
      async (tools) => {
        const wish = {file: args.file, scope: toScope(flags), consents: toConsents({}), parallel: flags.parallel}
        return verifyCommand({...wish, ...toRunbookLimits(flags)}, {...tools, environment: process.env})
      },
      {render: (done) => recapText(done.recap), showTimings: true},
    )
    if (failure !== undefined) throw failure
    return recap
  }
}
