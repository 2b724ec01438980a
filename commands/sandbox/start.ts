import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {exportLines} from '../../src/cli/export-lines.js'
import {startSandboxService, type StartedSandbox} from '../../src/services/sandbox.js'

export default class SandboxStart extends BaseCommand {
  static override summary = 'Start an emulated VCH in the background and print its settings'

  static override description = `The sandbox speaks a VCH's Docker API and vic-machine's command line, and its containers share data over real NFS. Its state is kept: a sandbox that was stopped or killed goes on where it was.

Whoever reaches its socket runs commands as you; the socket is private to you.`

  static override examples = [
    'eval "$(<%= config.bin %> <%= command.id %>)"',
    'eval "$(<%= config.bin %> <%= command.id %> server)"; eval "$(<%= config.bin %> <%= command.id %> consumer --as consumer)"',
  ]

  static override args = {name: Args.string({description: 'Name of the sandbox and of its VCH', default: 'vch1'})}

  static override flags = {
    'vic-version': Flags.string({summary: 'Release of VIC to behave like', default: '1.5.8'}),
    as: Flags.option({options: ['consumer'] as const})({
      summary: 'Print the settings of a consumer VCH, to be used beside a server VCH',
    }),
    network: Flags.string({
      summary: 'A further container network of a new sandbox: NAME=TRUST or NAME=TRUST,dhcp',
      multiple: true,
      helpValue: '<name=trust>',
    }),
  }

  async run(): Promise<StartedSandbox> {
    const {args, flags} = await this.parse(SandboxStart)
    const options = {
      name: args.name,
      vicVersion: flags['vic-version'],
      role: flags.as === undefined ? ('both' as const) : ('consumer' as const),
      networks: flags.network ?? [],
    }
    return this.runService((tools) => startSandboxService(options, tools), {
      render: (started) => exportLines(started.environment),
    })
  }
}
