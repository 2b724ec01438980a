import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {exportLines} from '../../src/cli/export-lines.js'
import {startSandboxService, type StartedSandbox} from '../../src/services/sandbox.js'

export default class SandboxStart extends BaseCommand {
  static override summary = 'Start an emulated VCH in the background and print its settings'

  static override description = `The sandbox speaks a VCH's Docker API and vic-machine's command line, and its containers share data over real NFS. Its state is kept: a sandbox that was stopped or killed goes on where it was.

Whoever reaches its Docker API runs commands as you: the default is a socket that is private to you, and with --tls verify it is TCP that demands the client certificate in a private folder, as vic-machine create makes a VCH. The other two let every user of this machine in.`

  static override examples = [
    'eval "$(<%= config.bin %> <%= command.id %>)"',
    'eval "$(<%= config.bin %> <%= command.id %> server)"; eval "$(<%= config.bin %> <%= command.id %> consumer --as consumer)"',
    'eval "$(<%= config.bin %> <%= command.id %> storage --as runbook)"; eval "$(<%= config.bin %> <%= command.id %> web --as runbook)"',
  ]

  static override args = {name: Args.string({description: 'Name of the sandbox and of its VCH', default: 'vch1'})}

  static override flags = {
    'vic-version': Flags.string({summary: 'Release of VIC to behave like', default: '1.5.8'}),
    as: Flags.option({options: ['consumer', 'runbook'] as const})({
      summary:
        'Print the settings of a consumer VCH, to be used beside a server VCH; or those that a runbook takes, named after the sandbox',
    }),
    tls: Flags.option({options: ['verify', 'noverify', 'none'] as const})({
      summary:
        'Docker API of a new sandbox on TCP: TLS with client certificates, TLS without them (--no-tlsverify), or plain HTTP (--no-tls)',
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
      role: flags.as === undefined ? ('both' as const) : flags.as,
      networks: flags.network ?? [],
      ...(flags.tls === undefined ? {} : {tls: flags.tls}),
    }
    return this.runService((tools) => startSandboxService(options, tools), {
      render: (started) => exportLines(started.environment),
    })
  }
}
