import {linkSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {ensurePrivate} from './private-folder.js'
import {isAlive, isProcessMark, markOf} from './process-mark.js'

const RETRY_MS = 25

export interface LockOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs: number
}

/**
 * Runs `work` while this process holds the lock file; a lock whose holder is gone is taken over. Its folder, which
 * goes with the last sandbox, is made when it is not there.
 * @throws VN-SANDBOX-TIMEOUT, VN-SANDBOX-FOLDER
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  const deadlineMs = Date.now() + options.timeoutMs
  while (!takeLock(file)) {
    options.signal?.throwIfAborted()
    if (Date.now() > deadlineMs) {
      throw new VicnfsError('VN-SANDBOX-TIMEOUT', `Another vicnfs holds the lock ${file} of the sandboxes.`)
    }
    await delay(RETRY_MS, undefined, {signal: options.signal})
  }
  try {
    return await work()
  } finally {
    rmSync(file, {force: true})
  }
}

/** One attempt, for good: the file names this process as its holder. @returns false when somebody else holds it */
export function takeLock(file: string): boolean {
  ensurePrivate(path.dirname(file))
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify(markOf(process.pid)), {mode: 0o600})
    // link() fails when the lock exists and never shows it half-written.
    linkSync(draft, file)
    return true
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    // The folder went with the last sandbox just now: the next try makes it again.
    if (code === 'ENOENT') return false
    if (code !== 'EEXIST') throw error
    dropStale(file)
    return false
  } finally {
    rmSync(draft, {force: true})
  }
}

/** Two may find the same dead holder: whoever moves the file away looks again at what it has got. */
function dropStale(file: string): void {
  if (holderLives(file)) return
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
    if (holderLives(aside)) linkSync(aside, file)
  } catch {
    // Gone, or taken again, meanwhile: the next try finds out.
  } finally {
    rmSync(aside, {force: true})
  }
}

function holderLives(file: string): boolean {
  try {
    const mark: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isProcessMark(mark) && isAlive(mark)
  } catch {
    return false
  }
}
