import {sideBySide} from '../../engine/side-by-side.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {PreflightReport, ShareAddress} from '../../nfs/preflight/report.js'
import type {NfsAccess} from '../adapters.js'
import {isOfThisMachine} from '../preflight-url.js'

/**
 * What a look at the server of a store came to. `out-of-sight`: this machine cannot tell, which says nothing about the
 * VCH; `dead`: no VCH could mount it.
 */
export interface StoreLook {
  readonly store: VolumeStore
  readonly state: 'alive' | 'dead' | 'out-of-sight'
  /** Of the rung that failed, in words; empty when alive. */
  readonly finding: string
  readonly rung?: string
  readonly code?: string
}

const SIDE_BY_SIDE = 8

/**
 * What a server refuses to this machine and may grant to the VCH, beside what `isOfThisMachine` tells of ways and ports:
 * an export may name its clients, and this machine need not be one of them. Whatever else fails, fails for everybody:
 * nobody listens, a program is not registered, the path is not there, the server is stale or broken.
 */
const OF_THIS_CLIENT: ReadonlySet<string | undefined> = new Set([
  'VN-NFS-MNT-ACCES',
  'VN-NFS-MNT-PERM',
  'VN-NFS-AUTH',
  'VN-NFS-DENIED',
])

function placeOf(store: VolumeStore): ShareAddress | undefined {
  try {
    return {host: store.host, path: store.path, ...ownerOf(store)}
  } catch {
    // An owner that no VCH accepts was there before us.
    return undefined
  }
}

/** What a failed ladder says of the store. */
export function lookOf(store: VolumeStore, {passed, rungs}: Pick<PreflightReport, 'passed' | 'rungs'>): StoreLook {
  if (passed) return {store, state: 'alive', finding: ''}
  const failed = rungs.find((rung) => rung.state === 'failed')
  const undecided = failed?.code === undefined || isOfThisMachine(failed.code) || OF_THIS_CLIENT.has(failed.code)
  return {
    store,
    state: undecided ? 'out-of-sight' : 'dead',
    finding: failed === undefined ? 'no rung says why' : `${failed.title} failed: ${failed.finding}`,
    ...(failed === undefined ? {} : {rung: failed.id}),
    ...(failed?.code === undefined ? {} : {code: failed.code}),
  }
}

async function lookFromHere(
  nfs: NfsAccess,
  store: VolumeStore,
  options: {readonly stepTimeoutMs: number; readonly signal: AbortSignal},
): Promise<StoreLook> {
  const place = placeOf(store)
  if (place === undefined) return {store, state: 'out-of-sight', finding: 'its uid and gid are none that a VCH accepts'}
  const {stepTimeoutMs: rungTimeoutMs, signal} = options
  return lookOf(store, await nfs.preflight(place, {readOnly: true, rungTimeoutMs, signal}))
}

/**
 * Looks from this machine at the servers of stores, by the read-only ladder: nothing is made on a share that is not the
 * subject. Several at a time, each rung with its deadline, so that many stores take hardly longer than one.
 */
export function lookAtStores(
  nfs: NfsAccess,
  stores: readonly VolumeStore[],
  options: {readonly stepTimeoutMs: number; readonly signal: AbortSignal},
): Promise<readonly StoreLook[]> {
  return sideBySide(stores, SIDE_BY_SIDE, (store) => lookFromHere(nfs, store, options))
}
