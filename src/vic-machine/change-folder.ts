import {link, open, readFile, readdir, rename, stat, unlink} from 'node:fs/promises'
import {join} from 'node:path'
import {VicnfsError} from '../model/vicnfs-error.js'
import {errnoOf} from './errno.js'
import type {ProcessIdentity} from './process-identity.js'
import type {Change} from './vic-machine-api.js'

/** Names of the files in the folder of a change; all are 0600. */
export const CHANGE_FILES = {
  /** What is asked for, without secrets; written first. */
  request: 'change.json',
  stdout: 'stdout',
  stderr: 'stderr',
  /** Who runs; there as soon as vic-machine runs. */
  started: 'started.json',
  /** How it ended; there when the runner saw the end. */
  ended: 'ended.json',
} as const

export interface ChangeRequest {
  readonly kind: Change['kind']
  /** argv as one redacted line. */
  readonly commandLine: string
}

/**
 * Who runs. First only the runner, as its claim to start vic-machine; without a runner it is the claim of a later run
 * that found no runner: whoever comes second starts nothing.
 */
export interface ChangeClaimed {
  readonly vicMachine?: ProcessIdentity
  readonly runner?: ProcessIdentity
}

export interface ChangeStarted extends ChangeClaimed {
  readonly vicMachine: ProcessIdentity
  readonly runner: ProcessIdentity
}

export function hasStarted(claimed: ChangeClaimed | undefined): claimed is ChangeStarted {
  return claimed?.vicMachine !== undefined && claimed.runner !== undefined
}

/** Exit code, signal, or why vic-machine could not be started. */
export interface ChangeEnded {
  readonly exitCode?: number
  readonly signal?: string
  readonly spawnError?: string
}

/** @throws VN-VICMACHINE-FOLDER unless the folder is empty and private to this user */
export async function assertFreshFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined)
  const isOpen = process.platform !== 'win32' && stats !== undefined && (stats.mode & 0o077) !== 0
  if (stats?.isDirectory() === true && !isOpen && (await readdir(folder)).length === 0) return
  const problem = stats?.isDirectory() !== true ? 'does not exist' : isOpen ? 'can be read by others' : 'is not empty'
  throw new VicnfsError('VN-VICMACHINE-FOLDER', `The folder ${folder} for a run of vic-machine ${problem}.`)
}

/** Writes a file so that it is there whole or not at all, and stays over a power cut. */
export async function writeWhole(folder: string, name: string, value: unknown): Promise<void> {
  await rename(await writeTemporary(folder, name, value), join(folder, name))
}

/** The same for a file that only one may write. @returns false when it is there already */
export async function claimWhole(folder: string, name: string, value: unknown): Promise<boolean> {
  const temporary = await writeTemporary(folder, name, value)
  try {
    await link(temporary, join(folder, name))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
}

async function writeTemporary(folder: string, name: string, value: unknown): Promise<string> {
  const temporary = join(folder, `.${name}.${process.pid}`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return temporary
}

/** A file written by `writeWhole`; undefined while it is not there. */
export async function readWhole<T>(folder: string, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as T
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
