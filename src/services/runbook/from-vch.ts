import type {Work} from '../../engine/work.js'
import type {OnEvent} from '../../model/event.js'
import type {NfsAccess} from '../adapters.js'
import {seeingFromVch} from '../share-check/nfs-from-vch.js'
import {openLane} from './phases/lanes.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import type {Scope} from './scope.js'

/** Steps of a look that take long enough to be shown as such. */
const SHOWN = new Set(['share-check-image'])

/** The image of the containers that look from a VCH: that of the first share that it uses, else of the first that it serves. */
export function lookImageOf({consumers, shares}: Pick<Scope, 'consumers' | 'shares'>, key: string): string | undefined {
  const [used] = consumers.find((each) => each.key === key)?.stores ?? []
  return (used?.share ?? shares.find(({vch}) => vch === key))?.request.image
}

/**
 * The adapters of a runbook that look at each share by a container of the VCH that uses it, where this machine cannot
 * (S3). Each VCH is made ready for that once. The caller holds the locks of all VCHs.
 */
export function runbookFromVch(
  adapters: RunbookAdapters,
  scope: Scope,
  {work, onEvent}: {readonly work: Work; readonly onEvent: OnEvent},
): RunbookAdapters {
  const known = new Map<string, NfsAccess>()
  const open = (key: string): NfsAccess => {
    const image = lookImageOf(scope, key)
    const lane = openLane({key, id: `look/${key}`, shown: SHOWN}, {signal: work.signal, onEvent})
    return seeingFromVch(adapters.one(key), image === undefined ? undefined : {image}, lane.work).nfs
  }
  const nfsOf = (key: string): NfsAccess => {
    const nfs = known.get(key) ?? open(key)
    known.set(key, nfs)
    return nfs
  }
  return {
    ...adapters,
    one: (key) => ({...adapters.one(key), nfs: nfsOf(key)}),
    pair: (server, consumer) => ({...adapters.pair(server, consumer), nfs: nfsOf(consumer)}),
    nfsFrom: nfsOf,
  }
}
