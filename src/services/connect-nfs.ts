import {digestShare, transferShare} from '../nfs/copy/transfer-share.js'
import {runPreflight} from '../nfs/preflight/run-preflight.js'
import {openShare} from '../nfs/share-access.js'
import {waitUntilMountable} from '../nfs/wait-until-mountable.js'
import type {NfsAccess} from './adapters.js'

/** The RPC side bound to one portmap port; the port is an adapter setting, never part of a URL (DESIGN § 6). */
export function connectNfs(portmapPort: number): NfsAccess {
  return {
    portmapPort,
    preflight: (address, options) => runPreflight(address, {...options, portmapPort}),
    waitUntilMountable: (address, options) => waitUntilMountable(address, {...options, portmapPort}),
    openShare: (address, options) => openShare(address, {...options, portmapPort}),
    transferShare: (from, to, options) => transferShare(from, to, {...options, portmapPort}),
    digestShare: (share, options) => digestShare(share, {...options, portmapPort}),
  }
}
