import {readdir, readFile} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import {shellQuote} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {parseHolder, whyOutOfSight, type LockHolder} from './lock-holder.js'

/** Who holds a lock, for the middle of a sentence. */
export function holderText(holder: LockHolder): string {
  return `\`${holder.command}\` (process ${String(holder.pid)} on ${holder.host}, since ${holder.at})`
}

/** Every lock that this holder has: a VCH is locked under several names. */
async function locksOf(file: string, {host, pid, startTicks}: LockHolder): Promise<string[]> {
  const folder = path.dirname(file)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.lock')).sort()
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined)
      const holder = text === undefined ? undefined : parseHolder(text)
      const isSame = holder?.host === host && holder.pid === pid && holder.startTicks === startTicks
      return isSame ? [path.join(folder, name)] : []
    }),
  )
  return found.flat()
}

/** Nothing takes such a lock over: whoever waits is told at once how it is removed. */
export async function waitText(file: string, holder: LockHolder): Promise<string> {
  const why = whyOutOfSight(holder)
  const text = `waiting for ${holderText(holder)}`
  if (why === undefined) return text
  const remove = shellQuote(['rm', ...(await locksOf(file, holder))])
  return `${text}\n  ${why}, which cannot be seen from here; only when it is gone for certain: ${remove}`
}

/** The error for a lock that was waited for in vain: who has it, since when, and how it is removed safely. */
export async function lockedError(file: string, holder: LockHolder): Promise<VicnfsError> {
  const {pid, host, command, at} = holder
  const why = whyOutOfSight(holder)
  const look = shellQuote(['ps', '-o', 'pid,lstart,args', '-p', String(pid)])
  const files = await locksOf(file, holder)
  const outOfSight = `${why ?? ''}, so it cannot be seen from here whether it still works; its lock stays until it ends, or until you remove it.`
  return new VicnfsError('VN-JOURNAL-LOCKED', `This VCH is being changed by ${holderText(holder)}`, {
    ...(why === undefined ? {} : {reason: outOfSight}),
    tries: [
      host === os.hostname() ? look : shellQuote(['ssh', host, look]),
      `${shellQuote(['rm', ...files])}   # only when that process is certainly gone`,
    ],
    details: {holder: {pid, host, command, at}, lockFile: file, lockFiles: files},
  })
}
