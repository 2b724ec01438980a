// Writes the JSON Schema of runbooks, for editors and for `vicnfs runbook schema`, from the schema that loading uses.
import {toJsonSchema} from '@valibot/to-json-schema'
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {format, resolveConfig} from 'prettier'

const file = fileURLToPath(new URL('../src/runbook/runbook.schema.json', import.meta.url))

/** `${NAME}` or `${NAME:-default}`: to an editor a text, whatever it will be when it is read. */
const VARIABLE = {type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}$'}
const TYPED = new Set(['number', 'integer', 'boolean'])

/** Numbers, truth values and choices may come from a variable. */
function withVariables(node) {
  if (Array.isArray(node)) return node.map(withVariables)
  if (typeof node !== 'object' || node === null) return node
  const whole = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withVariables(value)]))
  if (!TYPED.has(whole.type) && whole.enum === undefined) return whole
  const {description, ...rest} = whole
  const anyOf = [rest, {$ref: '#/definitions/variable'}]
  return description === undefined ? {anyOf} : {anyOf, description}
}

/** The JSON Schema as text, laid out as everything here is. */
export async function runbookJsonSchema(runbookSchema) {
  const {$schema, ...rest} = toJsonSchema(runbookSchema)
  const schema = {$schema, title: 'vicnfs runbook', ...withVariables(rest), definitions: {variable: VARIABLE}}
  return format(JSON.stringify(schema), {...(await resolveConfig(file)), parser: 'json'})
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {runbookSchema} = await import('../dist/src/runbook/schema.js')
  const text = await runbookJsonSchema(runbookSchema)
  if (readFileSync(file, {encoding: 'utf8', flag: 'a+'}) !== text) writeFileSync(file, text)
}
