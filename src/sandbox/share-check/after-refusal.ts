import {MOUNT3} from '../../nfs/wire/mount3.js'
import {BadStatus, type Trouble} from './trouble.js'
import type {Visit} from './visit.js'

const ACCES = 13
const ANYBODY = {flavor: 'none'} as const

const folder = (path: string): string => `${path.replace(/\/+$/, '')}/`

async function hasNfsd(visit: Visit): Promise<boolean> {
  try {
    await visit.ask('nfsd')
    return true
  } catch (error) {
    // Only the answer "not registered" says something.
    return (error as Partial<Trouble>).code !== 'VN-NFS-NO-NFSD'
  }
}

/**
 * MNT3ERR_ACCES fits several causes: asks mountd for its exports and the port mapper for nfsd, as the image does.
 * @returns undefined where nothing more precise shows
 */
export async function afterRefusal(error: unknown, path: string, visit: Visit): Promise<Trouble | undefined> {
  if (!(error instanceof BadStatus) || error.protocol !== 'MOUNT' || error.status !== ACCES) return undefined
  visit.begin('mountd')
  const exports = await visit.call('mountd', MOUNT3.export, {}, ANYBODY).catch(() => undefined)
  if (!(await hasNfsd(visit))) {
    return {code: 'VN-NFS-NO-NFSD', finding: 'MNT: MNT3ERR_ACCES, and NFS version 3 is not registered'}
  }
  if (exports === undefined || exports.some((one) => folder(path).startsWith(folder(one.path)))) return undefined
  const listed = exports.map((one) => one.path).join(', ') || 'nothing'
  return {code: 'VN-NFS-NOT-EXPORTED', finding: `MNT: MNT3ERR_ACCES: ${path} is refused; exported: ${listed}`}
}
