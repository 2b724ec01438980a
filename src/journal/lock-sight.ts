import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'

import {isGone, parseHolder, whyOutOfSight, type LockHolder} from './lock-holder.js'
import {lockFile, lockFolder} from './lock.js'

/** A lock, looked at without taking it. */
export interface LockSight {
  readonly files: readonly string[]
  /** undefined for a file that vicnfs did not write. */
  readonly holder: LockHolder | undefined
  /** Its process is gone for certain: the next run takes the lock over. */
  readonly gone: boolean
  /** Why it cannot be seen from here whether it lives; absent where it can. */
  readonly outOfSight?: string
}

async function lockAt(file: string): Promise<LockSight | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const holder = parseHolder(text)
  if (holder === undefined) return {files: [file], holder, gone: false}
  const outOfSight = whyOutOfSight(holder)
  return {files: [file], holder, gone: isGone(holder), ...(outOfSight === undefined ? {} : {outOfSight})}
}

/** A VCH is locked under several names: its locks count as one. */
function byHolder(locks: readonly LockSight[]): LockSight[] {
  const found = new Map<string, LockSight>()
  for (const lock of locks) {
    const {holder, files} = lock
    const whose = holder === undefined ? files[0] : JSON.stringify([holder.host, holder.pid, holder.startTicks])
    const before = found.get(whose ?? '')
    found.set(whose ?? '', {...lock, files: [...(before?.files ?? []), ...files]})
  }
  return [...found.values()]
}

/**
 * The locks as they are at this moment, one for each holder; none is taken, waited for or written.
 * @param keys every key known for a VCH; all locks of the state directory without
 */
export async function locksNow(stateDirectory: string, keys?: readonly string[]): Promise<LockSight[]> {
  const folder = lockFolder(stateDirectory)
  const all = async (): Promise<string[]> =>
    (await readdir(folder).catch(() => []))
      .filter((name) => name.endsWith('.lock'))
      .map((name) => path.join(folder, name))
  const files = keys === undefined ? await all() : [...new Set(keys)].map((key) => lockFile(stateDirectory, key))
  const locks = await Promise.all(files.sort().map((file) => lockAt(file)))
  return byHolder(locks.filter((lock) => lock !== undefined))
}
