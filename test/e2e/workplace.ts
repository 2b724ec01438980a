import {chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {runProgram, type Ended, type ProgramOptions} from './run-program.js'

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A folder with a home and a temporary directory of its own, in which everything that a suite starts has to stay. */
export interface Workplace {
  readonly directory: string
  readonly home: string
  readonly temporary: string
  /** For everything that runs here. */
  readonly env: Readonly<Record<string, string>>
  /** What runs here and what lies in the temporary directory now, in words; empty when there is nothing. */
  leftovers(): Promise<readonly string[]>
  /** Removes the folder. @throws Error when something runs here, or the temporary directory is not empty */
  close(): Promise<void>
}

export async function openWorkplace(): Promise<Workplace> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'vicnfs-e2e-'))
  // Other users must be able to reach what is theirs.
  await chmod(directory, 0o755)
  const [home, temporary] = [path.join(directory, 'home'), path.join(directory, 'tmp')]
  for (const folder of [home, temporary]) await mkdir(folder)
  const leftovers = async () => [...(await processesIn(directory)), ...(await readdir(temporary))]
  return {
    directory,
    home,
    temporary,
    env: {PATH: SYSTEM_PATH, LANG: 'C.UTF-8', HOME: home, TMPDIR: temporary},
    leftovers,
    close: async () => {
      const left = await leftovers()
      await rm(directory, {recursive: true, force: true})
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
    },
  }
}

/** The CLI of this clone's dist, as a process. */
export function runVicnfs(argv: readonly string[], options: ProgramOptions): Promise<Ended> {
  const cwd = options.env['HOME'] ?? '/'
  return runProgram(process.execPath, [path.join(PROJECT_ROOT, 'bin/run.js'), ...argv], {cwd, ...options})
}

/** `pid command line` of each process that has a folder in its environment, its arguments, or works in there. */
async function processesIn(directory: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await pids()) {
    const folder = `/proc/${pid}`
    try {
      const [environment, command, cwd] = await Promise.all([
        readFile(`${folder}/environ`, 'utf8'),
        readFile(`${folder}/cmdline`, 'utf8'),
        readlink(`${folder}/cwd`),
      ])
      const isIn = [environment, command, cwd].some((text) => text.includes(directory))
      if (isIn) found.push(`${pid} ${command.replaceAll('\0', ' ')}`)
    } catch {
      // It ended while it was looked at, or is of the kernel.
    }
  }
  return found
}

async function pids(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
}
