import {describe, expect, it} from '@jest/globals'
import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {loadSourceConfig} from '../../scripts/source-config.js'
import {withTempDirectory} from '../helpers/temp-directory.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const HEAVY = /\/node_modules\/(dockerode|docker-modem|execa|listr2)\//

/** URLs of all modules that a run imports. */
function importsOf(argv: readonly string[]): Promise<{imported: string[]; stdout: string; status: number | null}> {
  return withTempDirectory(async (directory) => {
    const file = path.join(directory, 'imports')
    const hook = path.join(root, 'test/helpers/record-imports.js')
    const run = spawnSync(process.execPath, ['--import', hook, ...argv], {
      cwd: root,
      env: {...process.env, RECORD_IMPORTS: file},
      encoding: 'utf8',
    })
    return {imported: readFileSync(file, 'utf8').split('\n'), stdout: run.stdout, status: run.status}
  })
}

describe('start-up', () => {
  it('answers --version without loading oclif', async () => {
    const {imported, stdout, status} = await importsOf(['bin/run.js', '--version'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^vicnfs\/\d+\.\d+\.\d+ /)
    expect(imported.filter((url) => url.includes('@oclif'))).toEqual([])
  })

  it('loads no heavy package for --help, of the program and of any command', async () => {
    const config = await loadSourceConfig()
    const ids = config.commandIDs.map((id) => id.split(':'))
    for (const words of [[], ...ids]) {
      const {imported, stdout, status} = await importsOf(['bin/run.js', ...words, '--help'])
      expect({words, status}).toEqual({words, status: 0})
      expect(stdout).toContain('USAGE')
      expect(imported.filter((url) => HEAVY.test(url))).toEqual([])
    }
  })

  it('control: the recording sees a heavy package that is imported', async () => {
    const {imported} = await importsOf(['--input-type=module', '-e', `await import('execa')`])
    expect(imported.some((url) => HEAVY.test(url))).toBe(true)
  })
})
