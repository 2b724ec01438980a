import {createHash, randomBytes, randomUUID} from 'node:crypto'
import {mkdirSync, rmSync} from 'node:fs'
import {messageOf} from '../../model/vicnfs-error.js'
import {removeDirectory} from '../containers/remove-directory.js'
import {volumeAttributesFile} from '../containers/server-settings.js'
import {portLayerError, VchError} from '../containers/vch-error.js'
import type {ContainerMount, VolumeState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {storeTarget, type DialSettings} from './store-session.js'
import {createInStore, removeFromStore} from './store-volumes.js'
import {readVolumeRequest, type VolumeRequest} from './volume-request.js'

/** The port layer's volumes since this boot: which stores are online, and what they hold. */
export interface VolumeService {
  /** Labels of the stores that came online. */
  readonly onlineStores: readonly string[]
  list(): readonly VolumeState[]
  find(name: string): VolumeState | undefined
  /** @throws VchError 500 in the VCH's words (facts/vch-docker-api.md § 2.1) */
  create(request: VolumeRequest): Promise<VolumeState>
  /** @throws VchError 404, 409, 500 */
  remove(name: string): Promise<void>
  /** Where a volume's store is, for a container's mount. */
  nfsPlace(volume: VolumeState): ContainerMount['nfs']
}

/** What one boot found out. */
export interface BootedStores {
  readonly online: readonly string[]
  /** Volumes of NFS stores, read at boot and cached from then on. */
  readonly nfsVolumes: VolumeState[]
}

/** Label of a disk as a VCH makes it: 16 hex digits of the name's MD5. */
export function mountpointOf(name: string): string {
  return createHash('md5').update(name).digest('hex').slice(0, 16)
}

/** The personality wraps what it does not know in swagger's text, pointers included. */
function swaggerError(): VchError {
  const pointer = `0xc42${randomBytes(4).toString('hex').slice(1)}`
  return new VchError(
    500,
    `[POST /storage/volumes][500] createVolumeInternalServerError  &{Code:500 Message:${pointer}}`,
  )
}

interface Context {
  readonly store: StateStore
  readonly booted: BootedStores
  readonly dial: DialSettings
  readonly log: (text: string) => void
}

const storeOf = ({store}: Context, label: string) => store.state.guestInfo.stores.find((one) => one.label === label)

async function createNfs(context: Context, volume: VolumeState): Promise<void> {
  const store = storeOf(context, volume.store)
  if (store === undefined) throw new VchError(500, `No volume store named (${volume.store}) exists`)
  const {driver, options, labels, name} = volume
  try {
    const metadata = {Driver: driver, DriverOpts: options, Name: name, Labels: labels, AttachHistory: [''], Image: ''}
    await createInStore(storeTarget(store), context.dial, metadata)
  } catch (error) {
    context.log(`Error creating volume ${name} in store ${volume.store}: ${messageOf(error)}`)
    if ((error as {status?: number}).status === 17) throw existsError(name)
    throw swaggerError()
  }
  context.booted.nfsVolumes.push(volume)
}

function existsError(name: string): VchError {
  return new VchError(500, `A volume named ${name} already exists. Choose a different volume name.`)
}

async function createVolume(
  context: Context,
  request: VolumeRequest,
  find: (name: string) => VolumeState | undefined,
): Promise<VolumeState> {
  const read = readVolumeRequest(request)
  const name = request.name === '' ? randomUUID() : request.name
  if (find(name) !== undefined) throw existsError(name)
  if (!context.booted.online.includes(read.store))
    throw new VchError(500, `No volume store named (${read.store}) exists`)
  const {driver, options, labels} = request
  const volume: VolumeState = {name, driver, options, labels, store: read.store, createdAt: new Date().toISOString()}
  if (storeOf(context, read.store)?.scheme === 'nfs') {
    await createNfs(context, volume)
  } else {
    makeDisk(context, volume)
    context.store.update((state) => state.volumes.push(volume))
  }
  return volume
}

/** @throws VchError 500 when there can be no such disk, as with a name that is too long */
function makeDisk(context: Context, volume: VolumeState): void {
  try {
    mkdirSync(context.store.volumeDirectory(volume.name), {recursive: true, mode: 0o700})
  } catch (error) {
    context.log(`Error creating volume ${volume.name} in store ${volume.store}: ${messageOf(error)}`)
    throw swaggerError()
  }
}

async function removeNfs(context: Context, volume: VolumeState): Promise<void> {
  const store = storeOf(context, volume.store)
  if (store === undefined) throw portLayerError(`volume store ${volume.store} not found`)
  try {
    await removeFromStore(storeTarget(store), context.dial, volume.name)
  } catch (error) {
    context.log(`Error removing volume ${volume.name}: ${messageOf(error)}`)
    throw portLayerError(messageOf(error))
  }
  const {nfsVolumes} = context.booted
  nfsVolumes.splice(nfsVolumes.indexOf(volume), 1)
}

async function removeVolume(context: Context, volume: VolumeState): Promise<void> {
  const user = context.store.state.containers.find((one) => one.mounts.some((mount) => mount.volume === volume.name))
  if (user !== undefined) throw new VchError(409, `volume ${volume.name} in use by ${user.id}`)
  if (storeOf(context, volume.store)?.scheme === 'nfs') return removeNfs(context, volume)
  removeDirectory(context.store.volumeDirectory(volume.name))
  rmSync(volumeAttributesFile(context.store, volume.name), {force: true})
  context.store.update(({volumes}) => void volumes.splice(volumes.indexOf(volume), 1))
}

export function createVolumeService(context: Context): VolumeService {
  const {booted, store} = context
  const list = (): readonly VolumeState[] => {
    return [...store.state.volumes.filter((volume) => booted.online.includes(volume.store)), ...booted.nfsVolumes]
  }
  const find = (name: string): VolumeState | undefined => list().find((volume) => volume.name === name)
  return {
    onlineStores: booted.online,
    list,
    find,
    create: (request) => createVolume(context, request, find),
    remove: async (name) => {
      const volume = find(name)
      if (volume === undefined) throw new VchError(404, `Get ${name}: no such volume`)
      await removeVolume(context, volume)
    },
    nfsPlace: (volume) => {
      const place = storeOf(context, volume.store)
      return place?.scheme === 'nfs' ? {host: place.host, path: place.path} : undefined
    },
  }
}
