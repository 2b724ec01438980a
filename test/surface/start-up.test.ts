import {describe, expect, it} from '@jest/globals'
import {spawnSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {loadSourceConfig} from '../../scripts/source-config.js'
import {withTempDirectory} from '../helpers/temp-directory.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const HEAVY = /\/node_modules\/(dockerode|docker-modem|execa|listr2)\//

/** One process for all commands, which takes as long as one of them. */
const HELP_OF_ALL = `
  import {Config, run} from '@oclif/core'
  const config = await Config.load(process.cwd())
  for (const id of config.commandIDs) await run([...id.split(':'), '--help'], config)`

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

  it('loads no heavy package for --help', async () => {
    const {imported, stdout, status} = await importsOf(['bin/run.js', '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain('USAGE')
    expect(imported.filter((url) => HEAVY.test(url))).toEqual([])
  })

  it('loads none for --help of any command', async () => {
    const {imported, stdout, status} = await importsOf(['--input-type=module', '-e', HELP_OF_ALL])
    expect(status).toBe(0)
    const {commandIDs} = await loadSourceConfig()
    expect(stdout.match(/^USAGE$/gm)).toHaveLength(commandIDs.length)
    expect(imported.filter((url) => HEAVY.test(url))).toEqual([])
  })

  it('control: the recording sees a heavy package that is imported', async () => {
    const {imported} = await importsOf(['--input-type=module', '-e', `await import('execa')`])
    expect(imported.some((url) => HEAVY.test(url))).toBe(true)
  })
})
