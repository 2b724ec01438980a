import {Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {toConsents} from '../../src/cli/connect-flags.js'
import {consentFlags} from '../../src/cli/flags.js'
import {
  runbookArgs,
  runbookConsentFlags,
  runbookTimeFlags,
  scopeFlags,
  toRunbookLimits,
  toScope,
  workFlags,
} from '../../src/cli/runbook-flags.js'
import {recapText} from '../../src/cli/runbook-text.js'
import {fromFlag} from '../../src/cli/share-flags.js'
import {applyCommand} from '../../src/services/runbook/run-commands.js'

type Recap = Awaited<ReturnType<typeof applyCommand>>['recap']

export default class RunbookApply extends BaseCommand {
  static override summary = 'Do what a runbook, or a saved plan of one, says'

  static override description = `Refuses what can be refused before anything is made, asks one question for the whole run, brings all shares up, lets every new store pass its preflight, and only then registers them: by one configure for each VCH, however many stores it gets. With \`verify\` in the runbook each store is proven by two containers.

Whatever is there already is left as it is: a server container that differs from the runbook is refused, or exchanged at its address with --recreate while nothing uses its share. A parked share is served again. A run that failed or was cut off is simply run again; Ctrl-C ends it with the recap of what had become of each part. Where this machine cannot reach a share, --from vch has containers of the VCHs that use it look at it: while it comes up, for its preflight, and for the record on it. A saved plan stands for --yes on exactly what it shows, and is refused when something has changed since.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> shares.yaml --yes',
    '<%= config.bin %> <%= command.id %> plan.json',
    '<%= config.bin %> <%= command.id %> shares.yaml --from vch --yes',
    '<%= config.bin %> <%= command.id %> shares.yaml --canary web-1 --keep-going --yes',
  ]

  static override args = runbookArgs

  static override flags = {
    ...workFlags,
    from: fromFlag('RUN'),
    canary: Flags.string({
      summary: 'This VCH goes first, alone and with its proof; "first" takes the first one with new stores',
      helpGroup: 'RUN',
      helpValue: '<key>',
    }),
    ...scopeFlags,
    ...runbookTimeFlags,
    yes: consentFlags.yes,
    recreate: consentFlags.recreate,
    ...runbookConsentFlags,
  }

  async run(): Promise<Recap> {
    const {args, flags} = await this.parse(RunbookApply)
    const {recap, failure} = await this.runService(
      async (tools) => {
        const {parallel, canary, recreate, 'keep-going': keepGoing} = flags
        const wish = {file: args.file, scope: toScope(flags), consents: toConsents(flags), recreate}
        const how = {parallel, keepGoing, canary, fromVch: flags.from === 'vch'}
        return applyCommand({...wish, ...how, ...toRunbookLimits(flags)}, {...tools, environment: process.env})
      },
      {render: (done) => recapText(done.recap), showTimings: true},
    )
    if (failure !== undefined) throw failure
    return recap
  }
}
