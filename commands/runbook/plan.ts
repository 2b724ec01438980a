import {Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {toConsents} from '../../src/cli/connect-flags.js'
import {consentFlags} from '../../src/cli/flags.js'
import {planText} from '../../src/cli/runbook-plan-text.js'
import {
  runbookArgs,
  runbookConsentFlags,
  runbookTimeFlags,
  scopeFlags,
  toRunbookLimits,
  toScope,
} from '../../src/cli/runbook-flags.js'
import {refusePlan} from '../../src/services/runbook/apply-runbook.js'
import {planCommand} from '../../src/services/runbook/run-commands.js'

type Plan = Awaited<ReturnType<typeof planCommand>>

const PENDING = 7

export default class RunbookPlan extends BaseCommand {
  static override summary = 'Show what a runbook would change, and everything that speaks against it'

  static override description = `Looks at every server and every VCH of the runbook and says share by share and store by store what an apply would do: + add, ~ change, = keep, ! ignored by VIC, ✗ refused; with the exact command for each VCH and how often it will restart. Starts no container, takes no lock, changes nothing: what stands on shares that this machine cannot reach is not in it, and apply --from vch looks at that before it makes anything.

A plan that was saved with -o can be applied without a question, for as long as nothing has changed. Where a step's command has a variable in it, only on the machine that made the plan. Consents are not part of it: give apply the same ones.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml',
    '<%= config.bin %> <%= command.id %> shares.yaml -o plan.json --exit-code',
  ]

  static override args = runbookArgs

  static override flags = {
    output: Flags.string({char: 'o', summary: 'Save the plan in this file', helpGroup: 'RUN', helpValue: '<file>'}),
    'exit-code': Flags.boolean({summary: 'Exit with 7 when anything would be changed', helpGroup: 'RUN'}),
    ...scopeFlags,
    ...runbookTimeFlags,
    recreate: consentFlags.recreate,
    ...runbookConsentFlags,
  }

  async run(): Promise<Plan> {
    const {args, flags} = await this.parse(RunbookPlan)
    const plan = await this.runService(
      async (tools) => {
        const {output, recreate} = flags
        const wish = {file: args.file, scope: toScope(flags), consents: toConsents(flags), recreate, output}
        return planCommand({...wish, ...toRunbookLimits(flags)}, {...tools, environment: process.env})
      },
      {render: planText, exitCode: ({pending}) => (pending && flags['exit-code'] ? PENDING : 0)},
    )
    refusePlan(plan)
    return plan
  }
}
