import {readFile} from 'node:fs/promises'

import {programFile} from '../../../model/installation.js'

/** The JSON Schema of runbooks, as made from the schema that loading uses. */
export async function runbookSchemaText(): Promise<string> {
  return readFile(programFile('src/runbook/runbook.schema.json'), 'utf8')
}
