import {createHash} from 'node:crypto'
import {link, readFile, rename, unlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {isVicnfsError, messageOf, VicnfsError} from '../model/vicnfs-error.js'
import {shellQuote} from '../model/redaction.js'
import {describeHolder, isGone, parseHolder, type LockHolder} from './lock-holder.js'
import {lockedError, waitText} from './lock-words.js'
import {ensurePrivateDirectory} from './private-directory.js'

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait for a living holder, in all. */
  readonly timeoutMs: number
  /** Told once about each holder that is waited for, in words. */
  readonly onWait?: (text: string) => void
  /** Pause between two looks at a held lock. */
  readonly intervalMs?: number
}

export const lockFolder = (stateDirectory: string): string => path.join(stateDirectory, 'locks')

/** The file that is there while somebody holds the lock of a key. */
export function lockFile(stateDirectory: string, key: string): string {
  return path.join(lockFolder(stateDirectory), `${hashOf(key)}.lock`)
}

/**
 * Locks a VCH on this machine under every key known for it, in a fixed order, so that two runs never wait for each other.
 * A lock whose process is gone is taken over.
 * @returns how to release it
 * @throws VN-JOURNAL-LOCKED when a living vicnfs holds it for longer than `timeoutMs`
 */
export async function lockVch(
  stateDirectory: string,
  keys: readonly string[],
  options: LockOptions,
): Promise<() => Promise<void>> {
  const folder = lockFolder(stateDirectory)
  const deadline = performance.now() + options.timeoutMs
  const held: (() => Promise<void>)[] = []
  const releaseAll = async (): Promise<void> => {
    for (let release = held.pop(); release !== undefined; release = held.pop()) await release()
  }
  try {
    await ensurePrivateDirectory(folder)
    for (const key of [...new Set(keys)].sort()) {
      held.push(await waitForLock(lockFile(stateDirectory, key), key, {...options, deadline}))
    }
  } catch (error) {
    await releaseAll()
    if (isVicnfsError(error)) throw error
    const reason = messageOf(error)
    throw new VicnfsError('VN-JOURNAL-UNWRITABLE', `No lock can be taken in ${folder}, so nothing was changed`, {
      reason,
    })
  }
  return releaseAll
}

interface WaitOptions extends LockOptions {
  readonly deadline: number
}

async function waitForLock(file: string, key: string, options: WaitOptions): Promise<() => Promise<void>> {
  const announced = new Set<string>()
  for (;;) {
    const holder = describeHolder(key)
    const other = await tryLock(file, holder)
    if (other === undefined) return () => releaseLock(file, holder)
    if (performance.now() >= options.deadline) throw await lockedError(file, other)
    if (!announced.has(other.nonce)) options.onWait?.(await waitText(file, other))
    announced.add(other.nonce)
    await pause(options)
  }
}

async function pause(options: WaitOptions): Promise<void> {
  const {signal} = options
  try {
    const leftMs = Math.max(0, options.deadline - performance.now())
    await delay(Math.min(options.intervalMs ?? 200, leftMs), undefined, signal === undefined ? {} : {signal})
  } catch (error) {
    if (isVicnfsError(signal?.reason)) throw signal.reason
    throw new VicnfsError('VN-INTERRUPTED', 'The command was interrupted', {cause: error})
  }
}

/** @returns undefined when the lock is ours now, else who has it */
async function tryLock(file: string, holder: LockHolder): Promise<LockHolder | undefined> {
  const temporary = `${file}.${holder.nonce}.tmp`
  // Flushed before it is linked, so that no power cut leaves an empty lock.
  await writeFile(temporary, JSON.stringify(holder), {flag: 'wx', mode: 0o600, flush: true})
  try {
    return await placeLock(file, temporary)
  } finally {
    await ignoreMissing(unlink(temporary))
  }
}

/**
 * `link` makes the lock appear complete or not at all. A lock left by a dead process is replaced under a guard whose name
 * comes from that very lock: once replaced, the lock never has that content again, so a late second taker finds
 * out under the guard that it has lost. A guard left by a dead process is taken over by the same rule.
 */
async function placeLock(file: string, temporary: string): Promise<LockHolder | undefined> {
  for (;;) {
    if (await linkIfAbsent(temporary, file)) return undefined
    const found = await readLock(file)
    if (found === undefined) continue
    if (!isGone(found.holder)) return found.holder
    const guard = path.join(path.dirname(file), `${hashOf(path.basename(file) + found.text)}.guard`)
    const other = await tryLock(guard, describeHolder(guard))
    if (other !== undefined) return other
    try {
      if ((await readLock(file))?.text !== found.text) continue
      await rename(temporary, file)
      return undefined
    } finally {
      await unlink(guard)
    }
  }
}

interface FoundLock {
  readonly text: string
  readonly holder: LockHolder
}

/** @returns undefined when the lock has just been released */
async function readLock(file: string): Promise<FoundLock | undefined> {
  const text = await ignoreMissing(readFile(file, 'utf8'))
  if (text === undefined) return undefined
  const holder = parseHolder(text)
  if (holder !== undefined) return {text, holder}
  throw new VicnfsError('VN-JOURNAL-LOCKED', `The lock file ${file} is not one that vicnfs wrote`, {
    reason: 'It cannot be told who holds the lock.',
    tries: [shellQuote(['rm', file])],
  })
}

async function releaseLock(file: string, holder: LockHolder): Promise<void> {
  const text = await ignoreMissing(readFile(file, 'utf8'))
  if (text !== undefined && parseHolder(text)?.nonce === holder.nonce) await ignoreMissing(unlink(file))
}

async function linkIfAbsent(existing: string, file: string): Promise<boolean> {
  try {
    await link(existing, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ignoreMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
