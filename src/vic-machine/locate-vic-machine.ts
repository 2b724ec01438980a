import {access, constants, stat} from 'node:fs/promises'
import {delimiter, join, resolve} from 'node:path'
import {shellQuote} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {errnoOf} from './errno.js'

/**
 * Finds vic-machine and sees whether it can be executed.
 * @param path a path, or a bare name that is looked up in PATH
 * @returns the absolute path
 * @throws VN-VICMACHINE-MISSING
 */
export async function locateVicMachine(path: string): Promise<string> {
  if (path === '') throw vicMachineMissing('vic-machine', 'no path is given')
  const isBareName = !/[/\\]/.test(path)
  const folders = isBareName ? (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '') : []
  const candidates = isBareName ? folders.map((folder) => join(folder, path)) : []
  let problem = 'ENOENT'
  for (const candidate of [...candidates, resolve(path)]) {
    const found = await problemOf(candidate)
    if (found === undefined) return candidate
    if (found !== 'ENOENT') problem = found
  }
  throw vicMachineMissing(isBareName ? path : resolve(path), problem)
}

/** The error for a vic-machine that is not there or cannot be executed; `problem` is an errno code or words. */
function vicMachineMissing(path: string, problem: string): VicnfsError {
  const words: Record<string, string> = {
    ENOENT: 'is not there',
    EACCES: 'cannot be executed by this user',
    ENOEXEC: 'is no program for this system',
    EISDIR: 'is a folder',
  }
  const quoted = shellQuote([path])
  const isDenied = problem === 'EACCES'
  return new VicnfsError(
    'VN-VICMACHINE-MISSING',
    `vic-machine ${words[problem] ?? `cannot be started (${problem})`}: ${path}.`,
    {
      tries: [isDenied ? `chmod +x ${quoted}` : 'export VICNFS_VIC_MACHINE=/path/to/vic-machine-linux'],
    },
  )
}

/** The error for a vic-machine that is there, but did not start; ENOENT then speaks of what should interpret it. */
export function vicMachineUnstartable(path: string, errno: string): VicnfsError {
  return vicMachineMissing(path, errno === 'ENOENT' ? 'the program that should interpret it is missing' : errno)
}

async function problemOf(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).isDirectory()) return 'EISDIR'
    await access(path, constants.X_OK)
    return undefined
  } catch (error) {
    return errnoOf(error) ?? 'ENOENT'
  }
}
