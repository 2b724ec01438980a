import {describe, expect, it} from '@jest/globals'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

import {runbookJsonSchema} from '../../scripts/runbook-schema.js'
import {programFile} from '../../src/model/installation.js'
import {runbookSchema} from '../../src/runbook/schema.js'
import {runCli} from '../helpers/cli.js'

const file = fileURLToPath(new URL('../../src/runbook/runbook.schema.json', import.meta.url))
const built = programFile('src/runbook/runbook.schema.json')

interface JsonSchema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/** Keys of a schema as paths, each with its description. */
function keysOf(schema: JsonSchema, at = ''): [path: string, description: string | undefined][] {
  const {properties = {}, additionalProperties, items, anyOf = []} = schema
  const below = typeof additionalProperties === 'object' ? [additionalProperties] : []
  return [
    ...Object.entries(properties).flatMap(([key, value]): [string, string | undefined][] => [
      [`${at}/${key}`, value.description],
      ...keysOf(value, `${at}/${key}`),
    ]),
    ...[...below, ...(items === undefined ? [] : [items]), ...anyOf].flatMap((each) => keysOf(each, `${at}/*`)),
  ]
}

describe('the JSON Schema of runbooks', () => {
  it('is the one that loading uses: run `npm run schema` after a change', async () => {
    const text = await runbookJsonSchema(runbookSchema)
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(readFileSync(built, 'utf8')).toBe(text)
  })

  it('says of every key what it means', () => {
    const keys = keysOf(JSON.parse(readFileSync(file, 'utf8')) as JsonSchema)
    expect(keys.length).toBeGreaterThan(50)
    expect(keys.filter(([, description]) => !/^[A-Za-z].{8,}/.test(description ?? ''))).toEqual([])
  })

  it('is what the command prints, and its --json', async () => {
    const schema: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const plain = await runCli(['runbook', 'schema'])
    expect({exitCode: plain.exitCode, stderr: plain.stderr}).toEqual({exitCode: 0, stderr: ''})
    expect(JSON.parse(plain.stdout)).toEqual(schema)
    const {json} = await runCli(['runbook', 'schema', '--json'])
    expect(json).toMatchObject({ok: true, command: 'runbook schema', result: schema})
  })
})
