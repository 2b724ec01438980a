import type {Work} from '../../engine/work.js'
import type {ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {storesAt} from '../registration/store-place.js'
import {removeJournalled, removeServer} from '../removal/remove-server.js'
import type {VolumeWish} from '../share/ensure-volume.js'
import {exposeShare} from '../share/expose-share.js'
import {findServer, type ServerContainer} from '../share/find-server.js'

/** The new volume, served only to this machine, while the share is copied onto it. */
function temporaryRequest({request, choice}: ServerContainer, name: string): ShareRequest {
  return {
    ...request,
    name,
    network: choice.network,
    address: null,
    exportFolder: `/exports/${name}`,
    exportOptions: null,
    // Loopback is there for the server's own look at itself; this machine's source address is added to it.
    allow: ['127.0.0.1'],
    squash: 'no_root_squash',
    uid: 0,
    gid: 0,
    securePorts: false,
  }
}

/**
 * Serves the volume to move to, at an address of its own. It is taken back when the move fails, also one that a run
 * before has left; the volume is not (S1).
 * @throws VN-SHARE-DIFFERS for a volume that is a share already, VN-SHARE-FOREIGN, VN-SHARE-NO-VOLUME, VN-NFS-NOT-READY
 */
export async function serveTarget(
  adapters: Adapters,
  server: ServerContainer,
  options: {readonly to: VolumeWish; readonly work: Work},
): Promise<ShareAddress> {
  const {to, work} = options
  const request = temporaryRequest(server, to.name)
  const {share, outcome} = await exposeShare(adapters, {request, volume: to}, {work})
  if (outcome === 'created') return share.place
  return work.step('take-over', `Take over the server of "${to.name}" that an earlier run has left`, async (step) => {
    step.undo(`remove the server container of "${to.name}"`, async ({signal}) => {
      const left = await findServer(adapters.server, to.name, {signal})
      if (left !== undefined) await removeJournalled(adapters, left, {signal})
    })
    step.unchanged(share.container.name)
    return share.place
  })
}

/** Takes the temporary server away, so that its volume is free. @throws VN-MOVE-TARGET while a VCH lists it (S4) */
export async function freeTarget(
  adapters: Adapters,
  place: ShareAddress,
  options: {readonly name: string; readonly stores: readonly VolumeStore[]; readonly work: Work},
): Promise<void> {
  const {name, stores, work} = options
  const [listed] = await storesAt(stores, place, {relations: ['same', 'below'], signal: work.signal})
  if (listed !== undefined) {
    throw new VicnfsError('VN-MOVE-TARGET', `The volume "${name}" is the store "${listed.label}" of a VCH.`)
  }
  const server = await findServer(adapters.server, name, {signal: work.signal})
  if (server !== undefined) await removeServer(adapters, server, work)
}
