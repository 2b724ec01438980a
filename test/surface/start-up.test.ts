import {describe, expect, it} from '@jest/globals'
import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {loadSourceConfig} from '../../scripts/source-config.js'
import {withTempDirectory} from '../helpers/temp-directory.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** In the URL of a module, and in what esbuild writes above each module that it puts into a file of the program. */
const HEAVY =
  /\/node_modules\/(dockerode|docker-modem|execa|listr2)\/|^\/\/ node_modules\/(dockerode|docker-modem|execa|listr2)\//m

/** One process for all commands, which takes as long as one of them. oclif itself loads only those with flags to ask for. */
const HELP_OF_ALL = `
  import {Config, run} from '@oclif/core'
  const config = await Config.load(process.cwd())
  for (const id of config.commandIDs) await run([...id.split(':'), '--help'], config)
  for (const {relativePath} of config.commands) await import('./' + relativePath.join('/'))`

const PROGRAM = '/dist/program/'
const isHeavy = (url: string): boolean =>
  HEAVY.test(url) || (url.includes(PROGRAM) && HEAVY.test(readFileSync(new URL(url), 'utf8')))

/** The file of the program with this name. */
function inChunks(name: RegExp): string {
  const found = readdirSync(path.join(root, PROGRAM, 'chunks')).find((each) => name.test(each))
  if (found === undefined) throw new Error(`no file of the program is called ${name}`)
  return found
}

/** URLs of all modules that a run imports. */
function importsOf(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{imported: string[]; stdout: string; status: number | null}> {
  return withTempDirectory(async (directory) => {
    const file = path.join(directory, 'imports')
    const hook = path.join(root, 'test/helpers/record-imports.js')
    const run = spawnSync(process.execPath, ['--import', hook, ...argv], {
      cwd: root,
      env: {...process.env, ...env, RECORD_IMPORTS: file},
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

  it('runs what is compiled, also where NODE_ENV speaks of tests or development', async () => {
    for (const NODE_ENV of ['test', 'development']) {
      const {imported, status} = await importsOf(['bin/run.js', 'explain', 'VN-USAGE'], {NODE_ENV})
      expect(status).toBe(0)
      expect(imported.filter((url) => url.includes('/dist/program/'))).not.toEqual([])
      expect(imported.filter((url) => /\/node_modules\/(typescript|tsx)\/|\.ts$/.test(url))).toEqual([])
    }
  })

  it('loads no heavy package for --help', async () => {
    const {imported, stdout, status} = await importsOf(['bin/run.js', '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain('USAGE')
    expect(imported.filter(isHeavy)).toEqual([])
  })

  it('loads none for --help of any command', async () => {
    const {imported, stdout, status} = await importsOf(['--input-type=module', '-e', HELP_OF_ALL])
    expect(status).toBe(0)
    const {commandIDs} = await loadSourceConfig()
    expect(stdout.match(/^USAGE$/gm)).toHaveLength(commandIDs.length)
    expect(imported.filter(isHeavy)).toEqual([])
  })

  it.each([
    ['by itself', `import('execa')`],
    ['as part of the program', `import('.${PROGRAM}chunks/${inChunks(/^docker-/)}')`],
  ])('control: the recording sees a heavy package that is imported %s', async (_how, expression) => {
    const {imported} = await importsOf(['--input-type=module', '-e', `await ${expression}`])
    expect(imported.some(isHeavy)).toBe(true)
  })
})
