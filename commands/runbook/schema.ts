import {BaseCommand} from '../../src/cli/base-command.js'
import {runbookSchemaText} from '../../src/services/runbook/file/runbook-schema.js'

export default class RunbookSchema extends BaseCommand {
  static override summary = 'Print the JSON Schema of runbooks, by which editors complete and check them'

  static override description = `An editor with a YAML language server takes it from a comment in the first line of a runbook:

  # yaml-language-server: $schema=runbook.schema.json

What needs more than a schema (names, rules between shares) is checked by runbook validate.`

  static override examples = ['<%= config.bin %> <%= command.id %> > runbook.schema.json']

  async run(): Promise<unknown> {
    await this.parse(RunbookSchema)
    return this.runService(async () => JSON.parse(await runbookSchemaText()) as unknown, {
      render: (schema) => JSON.stringify(schema, null, 2),
    })
  }
}
