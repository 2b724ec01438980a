import {Args} from '@oclif/core'

import {BaseCommand} from '../../src/cli/base-command.js'
import {table} from '../../src/cli/table.js'
import {listSandboxesService, type SandboxRow} from '../../src/services/sandbox.js'

export default class SandboxStatus extends BaseCommand {
  static override summary = 'Show the sandboxes of this user'

  static override examples = ['<%= config.bin %> <%= command.id %>']

  static override args = {name: Args.string({description: 'Only this sandbox'})}

  async run(): Promise<readonly SandboxRow[]> {
    const {args} = await this.parse(SandboxStatus)
    const only = args.name === undefined ? {} : {name: args.name}
    return this.runService((tools) => listSandboxesService(only, tools), {
      render: (rows) =>
        table([
          ['SANDBOX', 'VIC', 'STATE', 'DIRECTORY'],
          ...rows.map((row) => [row.name, row.vicVersion ?? '-', row.condition, row.directory]),
        ]).join('\n'),
    })
  }
}
