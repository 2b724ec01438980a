import {MOUNT3} from '../../nfs/wire/mount3.js'
import type {StoreTarget} from '../endpoint-vm/store-session.js'
import {afterRefusal} from './after-refusal.js'
import {CHECK_RUNGS, type Check, type CheckRung} from './rungs.js'
import type {ShareCheckSettings} from './settings.js'
import {explain} from './trouble.js'
import {Visit} from './visit.js'

const NOT_PROVEN = "not proven here: the sandbox's containers have no kernel of their own"
const KERNEL_RUNGS = [
  {id: 'kernel-mount', title: "Mount with the kernel's NFS client"},
  {id: 'kernel-write', title: 'Write, read back and remove a file'},
] as const

/** One line of `share-check --json`. */
export interface RungLine {
  readonly id: string
  readonly title: string
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly durationMs: number
  readonly finding: string
  readonly code?: string
}

export interface CheckReport extends StoreTarget {
  readonly passed: boolean
  readonly privilegedPort: boolean
  readonly readOnly: boolean
  readonly rungs: readonly RungLine[]
}

async function climb(rung: CheckRung, check: Check): Promise<RungLine> {
  const {id, title} = rung
  const startedMs = performance.now()
  const spent = () => Math.round(performance.now() - startedMs)
  check.visit.begin(id)
  try {
    const finding = await rung.climb(check)
    return {id, title, state: 'passed', durationMs: spent(), finding}
  } catch (error) {
    const trouble = explain(error, check.visit.standpoint())
    const durationMs = spent()
    const closer = id === 'subfolder' ? undefined : await afterRefusal(error, check.place.path, check.visit)
    return {id, title, state: 'failed', durationMs, ...(closer ?? trouble)}
  }
}

/** Leaves nothing mounted, as far as mountd still answers. */
export async function leave({place, visit, root}: Check): Promise<void> {
  const {uid, gid, path} = place
  if (root.length > 0) {
    visit.begin('leave')
    const credential = {flavor: 'sys', machine: 'vic', uid, gid, gids: [0]} as const
    await visit.call('mountd', MOUNT3.umnt, path, credential).catch(() => undefined)
  }
  visit.close('mountd', 'nfsd')
}

/**
 * What the image's share-check does with a URL, above the wire codecs and by an implementation of the sandbox's own: a
 * mistake in vicnfs's preflight cannot prove itself here. The kernel's rungs are left out.
 */
export async function checkShare(
  place: StoreTarget,
  settings: ShareCheckSettings,
  options: {readonly readOnly: boolean; readonly timeoutMs: number; readonly onRung: (rung: RungLine) => void},
): Promise<CheckReport> {
  const {readOnly, timeoutMs, onRung} = options
  const {portmapPort, sourceAddress} = settings
  const visit = new Visit({host: place.host, portmapPort, sourceAddress, timeoutMs})
  const check: Check = {place, visit, root: Buffer.alloc(0)}
  const rungs: RungLine[] = []
  const add = (rung: RungLine): void => {
    rungs.push(rung)
    onRung(rung)
  }
  const failed = () => rungs.find(({state}) => state === 'failed')
  const skip = ({id, title}: Pick<RungLine, 'id' | 'title'>, finding: string): void =>
    add({id, title, state: 'skipped', durationMs: 0, finding})
  const whySkipped = (changes: boolean): string | undefined => {
    const before = failed()
    if (before !== undefined) return `not tried after "${before.title}" failed`
    return readOnly && changes ? 'left out: this form changes nothing' : undefined
  }
  for (const rung of CHECK_RUNGS) {
    const why = whySkipped(rung.changes)
    if (why === undefined) add(await climb(rung, check))
    else skip(rung, why)
  }
  await leave(check)
  for (const rung of KERNEL_RUNGS) skip(rung, whySkipped(true) ?? NOT_PROVEN)
  return {passed: failed() === undefined, ...place, privilegedPort: visit.privileged, readOnly, rungs}
}
