import {Flags} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {historyText} from '../src/cli/history-text.js'
import {readHistory, type HistoryResult} from '../src/services/history.js'

export default class History extends BaseCommand {
  static override summary = 'Show what vicnfs has done from this machine, to which VCH, when, and how it ended'

  static override description = `Reads the journal in the state directory (VICNFS_STATE_DIR). What has not ended, or ended unseen, is marked OPEN: the next command on that VCH finds out.`

  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 7d',
    '<%= config.bin %> <%= command.id %> --vch vch1 --json',
  ]

  static override flags = {
    vch: Flags.string({
      summary: 'Only what was done to this VCH: its name, the id of its endpoint VM, or its Docker endpoint',
      helpValue: '<name|id|endpoint>',
    }),
    since: Flags.string({summary: 'Only since then: how long ago (7d, 12h), or a date', helpValue: '<time>'}),
    limit: Flags.integer({summary: 'At most this many, the newest; 0 for all', default: 50, min: 0}),
  }

  async run(): Promise<HistoryResult> {
    const {flags} = await this.parse(History)
    return this.runService(
      ({signal}) => {
        const {vch, since, limit} = flags
        const chosen = {
          limit,
          ...(vch === undefined ? {} : {vch}),
          ...(since === undefined ? {} : {since}),
        }
        return readHistory(chosen, process.env, signal)
      },
      {render: (result) => historyText(result, this.look)},
    )
  }
}
