import type {ShareWish} from '../model/share-request.js'
import type {mergeDefaults} from './merged-share.js'

/** The keys of a share under the names of the model. */
export function wishOf(share: ReturnType<typeof mergeDefaults>): ShareWish {
  return {
    image: share.image,
    network: share.network,
    address: share.ip,
    exportFolder: share['export-folder'],
    mountdPort: share['mountd-port'],
    lockdPort: share['lockd-port'],
    exportOptions: share['export-opts'],
    allow: share.allow,
    squash: share.squash,
    uid: share.uid,
    gid: share.gid,
    securePorts: share['secure-ports'],
  }
}
