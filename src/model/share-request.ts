import {SERVER_IMAGE} from './server-image.js'
import {DEFAULT_LOCKD_PORT, DEFAULT_MOUNTD_PORT, type ShareRequest} from './share.js'

/** What an operator may say of a share; undefined: not said. */
export type ShareWish = {
  readonly [Key in Exclude<keyof ShareRequest, 'name' | 'scratch'>]?: ShareRequest[Key] | undefined
}

/** A share as it is asked for, with the defaults for what was not said. */
export function shareRequest(share: {readonly name: string; readonly scratch: boolean}, wish: ShareWish): ShareRequest {
  const uid = wish.uid ?? 0
  return {
    name: share.name,
    scratch: share.scratch,
    image: wish.image ?? SERVER_IMAGE,
    network: wish.network ?? null,
    address: wish.address ?? null,
    exportFolder: wish.exportFolder ?? `/exports/${share.name}`,
    mountdPort: wish.mountdPort ?? DEFAULT_MOUNTD_PORT,
    lockdPort: wish.lockdPort ?? DEFAULT_LOCKD_PORT,
    exportOptions: wish.exportOptions ?? null,
    allow: wish.allow ?? [],
    squash: wish.squash ?? 'no_root_squash',
    uid,
    gid: wish.gid ?? uid,
    securePorts: wish.securePorts ?? false,
  }
}
