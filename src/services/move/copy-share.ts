import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Transferred} from '../../nfs/copy/transfer-share.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import type {ServerContainer} from '../share/find-server.js'
import type {VolumeWish} from '../share/ensure-volume.js'
import {freeTarget, serveTarget} from './temporary-server.js'

/** Brings everything onto the other volume, and leaves it without a server. @throws VN-MOVE-…, VN-SHARE-… */
export async function copyShare(
  adapters: Adapters,
  share: {readonly server: ServerContainer; readonly place: ShareAddress},
  options: {readonly to: VolumeWish; readonly stores: () => Promise<readonly VolumeStore[]>; readonly work: Work},
): Promise<Transferred> {
  const {to, stores, work} = options
  const {stepTimeoutMs: timeoutMs} = adapters.limits
  const target = await serveTarget(adapters, share.server, {to, work})
  const copied = await work.step('copy', `Copy the share to "${to.name}" through NFS, and compare`, async (step) => {
    const {signal} = step
    const onProgress = (text: string): void => step.progress(text)
    const done = await adapters.nfs.transferShare(share.place, target, {signal, timeoutMs, onProgress})
    step.note(`${done.entries} entries, ${done.bytes} bytes; ${done.unchanged} were there`)
    return done
  })
  await freeTarget(adapters, target, {name: to.name, stores: await stores(), work})
  return copied
}

/**
 * Seconds before the exchange: what is on the share is what was compared with its copy. A container may have started,
 * written and ended since, and what it wrote would be missing. @throws VN-MOVE-DIFFERS, VN-MOVE-FAILED
 */
export async function requireUntouched(
  adapters: Adapters,
  place: ShareAddress,
  {digest, work}: {readonly digest: string; readonly work: Work},
): Promise<void> {
  const {stepTimeoutMs: timeoutMs} = adapters.limits
  await work.step('untouched', 'Make sure that nobody has written to the share meanwhile', async (step) => {
    if ((await adapters.nfs.digestShare(place, {signal: step.signal, timeoutMs})) !== digest) {
      throw new VicnfsError('VN-MOVE-DIFFERS', 'The share was written to after it was copied.')
    }
    step.unchanged('nobody has')
  })
}
