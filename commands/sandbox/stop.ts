import {Args, Flags} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {stopSandboxService, type StoppedSandbox} from '../../src/services/sandbox.js'

export default class SandboxStop extends BaseCommand {
  static override summary = 'Stop a sandbox and every process of it; its state is kept'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> consumer --remove',
  ]

  static override args = {name: Args.string({description: 'Name of the sandbox', default: 'vch1'})}

  static override flags = {
    remove: Flags.boolean({summary: 'Remove its state too: volumes, containers, everything in it'}),
  }

  async run(): Promise<StoppedSandbox> {
    const {args, flags} = await this.parse(SandboxStop)
    return this.runService((tools) => stopSandboxService({name: args.name, remove: flags.remove}, tools), {
      render: ({name, outcome, removed}) =>
        `${outcome === 'stopped' ? 'stopped' : 'unchanged'}: sandbox "${name}"${removed ? ', its state is removed' : ''}`,
    })
  }
}
