import type {JournalRecord} from '../../journal/entry.js'
import {cidrContains, parseCidr} from '../../model/cidr.js'
import {DEFAULT_LOCKD_PORT, DEFAULT_MOUNTD_PORT, type ShareRequest} from '../../model/share.js'
import {ownerOf, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {VchNetwork} from '../../vch/vch-api.js'
import {EXCHANGE} from '../exchange/plan.js'
import {pathRelation} from '../registration/store-place.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'

/** The place of an NFS store, with the uid and gid that its VCH uses. @throws VN-STORE-OWNER */
export function placeOfStore(store: VolumeStore): ShareAddress {
  return {host: store.host, path: store.path, ...ownerOf(store)}
}

/** Where a server container is, or would be, reached. */
export function placeOfContainer(server: ServerContainer): ShareAddress {
  const {exportFolder: path, uid, gid} = server.request
  return {host: addressOf(server) || (server.choice.address ?? ''), path, uid, gid}
}

const MADE = new Set(['server-create', EXCHANGE])

/**
 * The share that once was served at the place of a store, by the journal: its name and its folder.
 * @param addresses what the host of the store stands for
 */
export function onceServed(
  records: readonly JournalRecord[],
  store: Pick<VolumeStore, 'path'>,
  addresses: readonly string[],
): {readonly name: string; readonly exportFolder: string} | undefined {
  for (const {intent} of [...records].reverse()) {
    const {share, address, path} = intent.data
    if (!MADE.has(intent.action) || typeof share !== 'string' || typeof path !== 'string') continue
    const relation = pathRelation(store.path, path)
    if (typeof address === 'string' && addresses.includes(address) && (relation === 'same' || relation === 'below'))
      return {name: share, exportFolder: path}
  }
  return undefined
}

/** The name of the network that a fixed address belongs to; null where it need not be said, or is not known. */
function networkOf(networks: readonly VchNetwork[], address: string): string | null {
  const external = networks.filter((network) => network.external)
  const fitting = external.find(({subnet}) => subnet !== undefined && cidrContains(parseCidr(subnet), address))
  return external.length > 1 ? (fitting?.name ?? null) : null
}

/** The share that serves a store again after its server container is gone: same volume, same address, same folder. */
export function requestAgain(
  share: {readonly name: string; readonly exportFolder: string},
  place: ShareAddress,
  options: {readonly image: string; readonly networks: readonly VchNetwork[]},
): ShareRequest {
  return {
    name: share.name,
    scratch: false,
    image: options.image,
    network: networkOf(options.networks, place.host),
    address: place.host,
    exportFolder: share.exportFolder,
    mountdPort: DEFAULT_MOUNTD_PORT,
    lockdPort: DEFAULT_LOCKD_PORT,
    exportOptions: null,
    allow: [],
    squash: 'no_root_squash',
    uid: place.uid,
    gid: place.gid,
    securePorts: false,
  }
}
