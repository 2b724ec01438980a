import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {describeHolder, type LockHolder} from '../../src/journal/lock-holder.js'
import {lockFile} from '../../src/journal/lock.js'

/** Has the lock of a VCH held by this process, or by whatever `changes` make of it; until another call. */
export async function holdLock(
  stateDirectory: string,
  key: string,
  changes: Partial<LockHolder> = {},
): Promise<string> {
  const file = lockFile(stateDirectory, key)
  await mkdir(path.dirname(file), {recursive: true})
  await writeFile(file, JSON.stringify({...describeHolder(key), command: 'vicnfs teardown', ...changes}))
  return file
}

/** A process that was there before this machine was booted. */
export const GONE: Partial<LockHolder> = {boot: 'an earlier one'}
export const LONG_AGO: Partial<LockHolder> = {at: '2026-01-01T00:00:00.000Z'}
export const LATER: Partial<LockHolder> = {at: '2999-01-01T00:00:00.000Z'}
