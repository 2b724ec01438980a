import {beforeAll, describe, expect, it} from '@jest/globals'
import {Linter} from 'eslint'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import tseslint from 'typescript-eslint'

import {boundaries} from '../../scripts/eslint-boundaries.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
let linter: Linter

beforeAll(() => {
  linter = new Linter({cwd: root})
})

/** What the boundary rule says about one line in `file`. */
function complaints(file: string, code: string): string[] {
  const config = {
    files: ['**/*.ts'],
    languageOptions: {parser: tseslint.parser},
    plugins: {vicnfs: {rules: {boundaries}}},
    rules: {'vicnfs/boundaries': 'error'},
  }
  return linter.verify(code, [config as never], path.join(root, file)).map(({message}) => message)
}

describe('the import boundaries', () => {
  it.each([
    ['src/nfs/client/x.ts', `import {work} from '../../engine/work.js'`, 'nfs must not import engine/work.js'],
    ['src/vch/x.ts', `import type {T} from '../services/adapters.js'`, 'vch must not import services/adapters.js'],
    ['src/journal/x.ts', `export {waitFor} from '../engine/wait-for.js'`, 'journal must not import engine/wait-for.js'],
    ['src/engine/x.ts', `export * from '../journal/journal.js'`, 'engine must not import journal/journal.js'],
    ['src/services/x.ts', `import {table} from '../cli/table.js'`, 'services must not import cli/table.js'],
    ['src/cli/x.ts', `import {runWork} from '../engine/work.js'`, 'cli must not import engine/work.js'],
    ['commands/x.ts', `import {lockVch} from '../src/journal/lock.js'`, 'commands must not import journal/lock.js'],
    [
      'src/sandbox/x.ts',
      `const f = await import('../nfs/preflight/ladder.js')`,
      'sandbox must not import nfs/preflight/ladder.js',
    ],
    [
      'src/sandbox/x.ts',
      `import {e} from '../vch/door/docker-client.js'`,
      'sandbox must not import vch/door/docker-client.js',
    ],
    ['src/services/x.ts', `import X from '../../commands/demo.js'`, 'services must not import commands/demo.js'],
    [
      'src/model/x.ts',
      `import {readFile} from 'node:fs/promises'`,
      'src/model imports nothing and does no I/O, so not node:fs/promises',
    ],
    ['src/model/x.ts', `type T = import('../vch/vch-api.js').VchInfo`, 'model must not import vch/vch-api.js'],
    ['src/services/x.ts', `import type Docker from 'dockerode'`, 'dockerode is imported in vch only'],
    ['src/services/x.ts', `const {execa} = await import('execa')`, 'execa is imported in vic-machine only'],
    ['src/engine/x.ts', `import {Listr} from 'listr2'`, 'listr2 is imported in commands and cli only'],
    ['src/services/x.ts', `import {Flags} from '@oclif/core'`, '@oclif/core is imported in commands and cli only'],
    [
      'src/vch/x.ts',
      `import Docker from 'dockerode'`,
      "dockerode is slow to load: use `await import('dockerode')` where it is needed",
    ],
  ])('in %s catch %s', (file, code, message) => {
    expect(complaints(file, code)).toEqual([message])
  })

  it.each([
    ['src/nfs/client/x.ts', `import {VicnfsError} from '../../model/vicnfs-error.js'`],
    ['src/nfs/client/x.ts', `import {encode} from '../wire/xdr.js'`],
    ['src/sandbox/x.ts', `import {encode} from '../nfs/wire/xdr.js'`],
    ['src/sandbox/x.ts', `import {connect} from '../nfs/client/connect.js'`],
    ['src/services/x.ts', `import {lockVch} from '../journal/lock.js'`],
    ['src/vch/x.ts', `import type Docker from 'dockerode'\nconst D = await import('dockerode')`],
    ['src/vic-machine/x.ts', `import {spawn} from 'node:child_process'\nconst {execa} = await import('execa')`],
    ['src/model/x.ts', `import {isIP} from 'node:net'\nimport {redact} from './redact.js'`],
    ['commands/sandbox/x.ts', `import {B} from '../../src/cli/base-command.js'\nimport {Args} from '@oclif/core'`],
    ['test/unit/x.ts', `import {a} from '../../src/vch/vch-api.js'\nimport Docker from 'dockerode'`],
  ])('in %s allow %s', (file, code) => {
    expect(complaints(file, code)).toEqual([])
  })

  it('are errors in the project, in commands and in every folder of src', async () => {
    const {ESLint} = await import('eslint')
    const eslint = new ESLint({cwd: root})
    for (const file of ['commands/x.ts', 'src/index.ts', 'src/nfs/wire/xdr.ts', 'src/sandbox/child-entry.ts']) {
      const config = (await eslint.calculateConfigForFile(path.join(root, file))) as {rules: Record<string, unknown[]>}
      expect(config.rules['vicnfs/boundaries']?.[0]).toBe(2)
    }
  })
})
