import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {ContainerRecord, NetworkState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {readRequest, type ContainerRequest} from './create-request.js'
import {vicBehaviour} from './vic-behaviour.js'
import {directoryFor, mountOf, type MountedDirectory} from './working-directory.js'

/** What the NFS server image reads from its environment (DESIGN § 8), with the image's defaults. */
export interface ServerEnvironment {
  readonly exportFolder: string
  readonly mountdPort: number
  readonly exportOptions: string
  readonly requireMount: boolean
  readonly exportUid?: number
  readonly exportGid?: number
  readonly exportMode?: number
}

/** Settings file of the child process `nfs-server/main.js`. */
export interface ServerSettings {
  readonly address: string
  readonly portmapPort: number
  readonly nfsdPort: number
  readonly mountdPort: number
  /** By which `openPorts` names mountd. */
  readonly imageMountdPort: number
  readonly openPorts?: readonly number[]
  readonly exportPath: string
  readonly rootDirectory: string
  readonly exportOptions: string
  readonly attributesFile: string
  readonly exportUid?: number
  readonly exportGid?: number
  readonly exportMode?: number
}

const NFSD_PORT = 2049
const DEFAULT_MOUNTD_PORT = 32767

function variables(env: readonly string[]): ReadonlyMap<string, string> {
  const set = env.filter((item) => item.includes('='))
  return new Map(set.map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]))
}

function optionalNumber<K extends string>(key: K, text: string | undefined, radix: number): Partial<Record<K, number>> {
  if (text === undefined || text === '') return {}
  return {[key]: Number.parseInt(text, radix)} as Partial<Record<K, number>>
}

export function readServerEnvironment(env: readonly string[]): ServerEnvironment {
  const given = variables(env)
  return {
    exportFolder: path.posix.resolve('/', given.get('EXPORT_FOLDER') || '/home/nfs'),
    mountdPort: Number(given.get('MOUNTD_PORT') || DEFAULT_MOUNTD_PORT),
    exportOptions: given.get('EXPORT_OPTS') || '*(rw,no_root_squash,no_subtree_check)',
    requireMount: !['', '0', 'no', 'false'].includes(given.get('REQUIRE_MOUNT') ?? ''),
    ...optionalNumber('exportUid', given.get('EXPORT_UID'), 10),
    ...optionalNumber('exportGid', given.get('EXPORT_GID'), 10),
    ...optionalNumber('exportMode', given.get('EXPORT_MODE'), 8),
  }
}

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
  environment: ServerEnvironment,
  place: ServerPlace,
): Promise<Pick<ServerSettings, 'nfsdPort' | 'mountdPort'>> {
  const orAny = async (port: number): Promise<number> => ((await place.freePort(port)) ? port : 0)
  return {nfsdPort: await orAny(NFSD_PORT), mountdPort: await orAny(environment.mountdPort)}
}

/** Writes the settings file of a server container. @returns its path */
export async function writeServerSettings(
  store: StateStore,
  record: ContainerRecord,
  place: ServerPlace,
): Promise<string> {
  const request = readRequest(record.request)
  const environment = readServerEnvironment(request.env)
  const directory = store.containerDirectory(record.id)
  const open = openPorts(store.state.vicVersion, place.network, request)
  const settings: ServerSettings = {
    address: record.address,
    portmapPort: store.state.portmapPort,
    ...(await serverPorts(environment, place)),
    imageMountdPort: environment.mountdPort,
    ...(open === undefined ? {} : {openPorts: open}),
    exportPath: environment.exportFolder,
    rootDirectory: directoryFor(environment.exportFolder, place.mounts, path.join(directory, 'scratch')),
    exportOptions: environment.exportOptions,
    attributesFile: attributesFile(store, record, environment.exportFolder),
    ...(environment.exportUid === undefined ? {} : {exportUid: environment.exportUid}),
    ...(environment.exportGid === undefined ? {} : {exportGid: environment.exportGid}),
    ...(environment.exportMode === undefined ? {} : {exportMode: environment.exportMode}),
  }
  const file = path.join(directory, 'nfs-server.json')
  writeFileSync(file, JSON.stringify(settings, undefined, 2), {mode: 0o600})
  return file
}
