import {Flags} from '@oclif/core'

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
import {runbookStatusText} from '../../src/cli/runbook-status-text.js'
import {exitCodeOfRunbookStatus, type RunbookStatus as Status} from '../../src/services/runbook/status-runbook.js'
import {statusCommand} from '../../src/services/runbook/run-commands.js'

export default class RunbookStatus extends BaseCommand {
  static override summary = 'Show how the shares of a runbook are, and what of it is not there'

  static override description = `One line a share, server VCH by server VCH, as \`vicnfs status\` has it, with its stores as the consumer VCHs tell, and every share and store that the runbook declares and that is not there. Nothing is started, locked or changed.

Exit code 8 while a VCH does not answer; with --exit-code, 7 when anything is not as it should be.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml',
    '<%= config.bin %> <%= command.id %> shares.yaml --exit-code --json',
  ]

  static override args = runbookArgs

  static override flags = {
    'exit-code': Flags.boolean({summary: 'End with 7 when anything is not as it should be', helpGroup: 'RUN'}),
    parallel: workFlags.parallel,
    ...scopeFlags,
    ...runbookTimeFlags,
  }

  async run(): Promise<Status> {
    const {args, flags} = await this.parse(RunbookStatus)
    return this.runService(
      async (tools) => {
        const wish = {file: args.file, scope: toScope(flags), consents: toConsents({}), parallel: flags.parallel}
        return statusCommand({...wish, ...toRunbookLimits(flags)}, {...tools, environment: process.env})
      },
      {
        render: (status) => runbookStatusText(status, this.look),
        exitCode: (status) => exitCodeOfRunbookStatus(status, {driftCounts: flags['exit-code']}),
      },
    )
  }
}
