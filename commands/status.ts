import {Args} from '@oclif/core'

import {BaseCommand} from '../src/cli/base-command.js'
import {connectFlags, toConnectWish} from '../src/cli/connect-flags.js'
import {printable} from '../src/cli/printable.js'
import {statusFlags} from '../src/cli/status-flags.js'
import {statusText} from '../src/cli/status-table.js'
import {statusTree} from '../src/cli/status-tree.js'
import {watchStatus} from '../src/cli/status-watch.js'
import {connectAdapters} from '../src/services/connect.js'
import {createStatusLook, exitCodeOfStatus, type StatusReport} from '../src/services/share-status.js'

export default class Status extends BaseCommand {
  static override summary = 'Show how every share is, and what is not as it should be'

  static override description = `One line a share: its server, its volume store on the consumer VCH, who uses it, its space, and a verdict; below them each finding with the commands to try. Found from the Docker APIs, from the records on the shares, and from vic-machine where it is set; the journal of this machine only adds. Nothing is started, locked or changed.

ONLINE says whether the VCH has the store and uses it: yes, offline (registered and not used), down (the VCH does not answer), recorded (by a VCH that was not asked), no, or ? (not known from here).

Exit code 8 while a VCH does not answer; with --exit-code, 7 for drift or danger.`

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> nfs-vol --tree',
    '<%= config.bin %> <%= command.id %> --watch --interval 10s',
    '<%= config.bin %> <%= command.id %> --exit-code --json',
  ]

  static override args = {
    volume: Args.string({description: 'Only the shares of these volumes (or scratch spaces)', multiple: true}),
  }

  static override flags = {...statusFlags, ...connectFlags}

  async run(): Promise<StatusReport> {
    const {args, flags} = await this.parse(Status)
    const asked = {volumes: args.volume ?? [], labels: flags.label ?? []}
    const render = flags.tree ? statusTree : statusText
    return this.runService(
      async (tools) => {
        const adapters = await connectAdapters(toConnectWish(flags), {...tools, environment: process.env})
        const status = createStatusLook(adapters)
        if (!flags.watch) return status.look(asked, tools)
        return watchStatus({
          lookNow: () => this.look,
          stream: process.stdout,
          intervalMs: flags.interval,
          signal: tools.signal,
          take: async () => printable(this.here(await status.look(asked, {signal: tools.signal}))),
          render,
        })
      },
      {
        // A watch has shown it already.
        render: (report) => (flags.watch ? '' : render(report, this.look)),
        exitCode: (report) => exitCodeOfStatus(report, {driftCounts: flags['exit-code']}),
        stopping: '',
      },
    )
  }
}
