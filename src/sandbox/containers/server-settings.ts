import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {capacityMb} from '../endpoint-vm/volume-request.js'
import type {ServerSettings} from '../nfs-server/settings.js'
import type {ContainerRecord, NetworkState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {readRequest, type ContainerRequest} from './create-request.js'
import {readImageSettings, type ImageSettings} from './image-settings.js'
import {removeDirectory} from './remove-directory.js'
import {vicBehaviour} from './vic-behaviour.js'
import {directoryFor, mountOf, type MountedDirectory} from './working-directory.js'

const NFSD_PORT = 2049

/** Ports that the container VM's firewall lets in; undefined is all (facts/vch-docker-api.md § 4.3). */
export function openPorts(
  vicVersion: string,
  network: NetworkState,
  request: ContainerRequest,
): readonly number[] | undefined {
  if (network.driver === 'bridge' || !vicBehaviour(vicVersion).trustLevels) return undefined
  if (network.trust === 'open' || network.trust === 'peers') return undefined
  if (network.trust !== 'published') return []
  return request.ports.filter((port) => port.protocol === 'tcp').map((port) => port.containerPort)
}

/** Side table of owners and modes of a volume: beside it, so that every server of the volume sees the same ones. */
export function volumeAttributesFile(store: StateStore, volume: string): string {
  return path.join(store.directory, 'volume-attributes', volume)
}

function attributesFile(store: StateStore, record: ContainerRecord, exportFolder: string): string {
  const mounts = record.mounts.map((mount) => ({destination: mount.destination, directory: mount.volume}))
  const mount = mountOf(mounts, exportFolder)
  if (mount === undefined) return path.join(store.containerDirectory(record.id), 'attributes')
  const file = volumeAttributesFile(store, mount.directory)
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
  return file
}

export interface ServerPlace {
  readonly network: NetworkState
  readonly mounts: readonly MountedDirectory[]
  /** Whether a conventional port can be bound on this address: another program may have it on all addresses. */
  readonly freePort: (port: number) => Promise<boolean>
}

/** Ports of a server: the conventional ones, or what is free where one is taken, found by GETPORT (DESIGN § 7). */
async function serverPorts(
  mountdPort: number,
  {freePort}: ServerPlace,
): Promise<Pick<ServerSettings, 'nfsdPort' | 'mountdPort'>> {
  const orAny = async (port: number): Promise<number> => ((await freePort(port)) ? port : 0)
  return {nfsdPort: await orAny(NFSD_PORT), mountdPort: await orAny(mountdPort)}
}

interface ServedPlace {
  readonly rootDirectory: string
  readonly attributesFile: string
}

function servedPlace(
  store: StateStore,
  record: ContainerRecord,
  {image, mounts}: {readonly image: ImageSettings; readonly mounts: readonly MountedDirectory[]},
): ServedPlace {
  const scratch = path.join(store.containerDirectory(record.id), 'scratch')
  const place = {
    rootDirectory: directoryFor(image.exportFolder, mounts, scratch),
    attributesFile: attributesFile(store, record, image.exportFolder),
  }
  if (!image.parked) return place
  // Each start of a parked server has a new folder, as in memory: nothing that came into the last one stays.
  removeDirectory(place.rootDirectory)
  rmSync(place.attributesFile, {force: true})
  return {...place, rootDirectory: directoryFor(image.exportFolder, mounts, scratch)}
}

const BYTES_PER_MB = 1_000_000

/** Size of the disk that is exported; a scratch folder has none of its own. */
function diskSize(
  store: StateStore,
  record: ContainerRecord,
  exportFolder: string,
): Pick<ServerSettings, 'capacityBytes'> {
  const mounts = record.mounts.map((mount) => ({destination: mount.destination, directory: mount.volume}))
  const name = mountOf(mounts, exportFolder)?.directory
  const options = store.state.volumes.find((volume) => volume.name === name)?.options
  if (options === undefined) return {}
  const asked = Object.entries(options).find(([key]) => key.toLowerCase() === 'capacity')?.[1]
  return {capacityBytes: capacityMb(asked) * BYTES_PER_MB}
}

/** Owner, mode and identity are the volume's, so a parked server has others. */
function exportIdentity(image: ImageSettings): Partial<ServerSettings> {
  if (image.parked) return {parked: true}
  const {exportUid, exportGid, exportMode, exportFsid} = image
  return Object.fromEntries(
    Object.entries({exportUid, exportGid, exportMode, exportFsid}).filter(([, value]) => value !== undefined),
  )
}

/**
 * Writes the settings file of a server container whose settings have no faults.
 * @returns its path
 * @throws VchError when the exported folder cannot be made
 */
export async function writeServerSettings(
  store: StateStore,
  record: ContainerRecord,
  place: ServerPlace,
): Promise<string> {
  const request = readRequest(record.request)
  const image = readImageSettings(request.env)
  const open = openPorts(store.state.vicVersion, place.network, request)
  const settings: ServerSettings = {
    address: record.address,
    portmapPort: store.state.portmapPort,
    ...(await serverPorts(image.mountdPort, place)),
    imageMountdPort: image.mountdPort,
    ...(open === undefined ? {} : {openPorts: open}),
    exportPath: image.exportFolder,
    ...servedPlace(store, record, {image, mounts: place.mounts}),
    exportOptions: image.exportOptions,
    ...exportIdentity(image),
    ...(image.parked ? {} : diskSize(store, record, image.exportFolder)),
  }
  const file = path.join(store.containerDirectory(record.id), 'nfs-server.json')
  writeFileSync(file, JSON.stringify(settings, undefined, 2), {mode: 0o600})
  return file
}
