import {open, readFile, readdir, rename, stat} from 'node:fs/promises'
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

export interface ChangeStarted {
  readonly vicMachine: ProcessIdentity
  readonly runner: ProcessIdentity
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
  const temporary = join(folder, `.${name}.${process.pid}`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(folder, name))
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
