import {readFile} from 'node:fs/promises'

/** The JSON Schema of runbooks, as made from the schema that loading uses. */
export async function runbookSchemaText(): Promise<string> {
  return readFile(new URL('../../../runbook/runbook.schema.json', import.meta.url), 'utf8')
}
