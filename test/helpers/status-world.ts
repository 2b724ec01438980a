import {openJournal} from '../../src/journal/journal.js'
import type {ConsumerRecord} from '../../src/model/consumer-record.js'
import {serverEnvironment, shareLabels, type ShareChoice} from '../../src/model/share.js'
import type {StatusReport} from '../../src/model/status-report.js'
import type {VicnfsError} from '../../src/model/vicnfs-error.js'
import {parseStoreArgument} from '../../src/model/volume-store.js'
import type {Adapters} from '../../src/services/adapters.js'
import {createStatusLook, type StatusLook, type StatusOptions} from '../../src/services/share-status.js'
import type {ShareAddress} from '../../src/nfs/preflight/report.js'
import type {ShareSession} from '../../src/nfs/share-access.js'
import type {VchApi, VchContainer, VchVolume} from '../../src/vch/vch-api.js'
import {shareRequest} from './fake-world.js'

/** One VCH of the world: what is on it, and how often each call was made. */
export interface StatusVch {
  readonly api: VchApi
  readonly calls: Record<string, number>
  readonly containers: VchContainer[]
  readonly volumes: VchVolume[]
  online: string[]
  version: string
  /** Thrown by every call. */
  down?: VicnfsError
}

/** Two VCHs that can only be looked at: whatever would change them is missing, and a call of it fails. */
export interface StatusWorld {
  readonly server: StatusVch
  readonly consumer: StatusVch
  readonly adapters: Adapters
  /** Arguments of the stores that `inspect config` shows. */
  stores: string[]
  /** Records by `host path`. */
  readonly records: Map<string, ConsumerRecord>
  /** Hosts where no server answers. */
  readonly dead: Set<string>
  /** Hosts that take the connection and never answer. */
  readonly silent: Set<string>
  /** Calls of vic-machine, in order; each may be refused. */
  readonly asked: string[]
  refusal?: VicnfsError
  readonly look: StatusLook
  status(options?: StatusOptions): Promise<StatusReport>
  nowMs: number
}

export const AT_MS = Date.UTC(2026, 0, 2)
const RECORDED_AT = '2026-01-01T00:00:00.000Z'

function statusVch(name: string): StatusVch {
  const calls: Record<string, number> = {}
  const vch = {calls, containers: [], volumes: [], online: ['default'], version: '1.5.8'} as unknown as StatusVch
  const counted = <T>(call: string, answer: () => T): Promise<T> => {
    calls[call] = (calls[call] ?? 0) + 1
    return vch.down === undefined ? Promise.resolve(answer()) : Promise.reject(vch.down)
  }
  const api = {
    endpoint: `tcp://${name}:2376`,
    info: () =>
      counted('info', () => ({
        kind: 'vch',
        name,
        version: vch.version,
        running: true,
        onlineStores: vch.online,
        networkNames: ['storage-net'],
      })),
    networks: () =>
      counted('networks', () => [
        {name: 'storage-net', id: 'n', external: true, subnet: '10.9.0.0/24', gateway: '10.9.0.1', usedAddresses: []},
      ]),
    listVolumes: () => counted('listVolumes', () => vch.volumes),
    listContainers: ({volume}: {volume?: string}) =>
      counted(volume === undefined ? 'listContainers' : 'listContainers of a volume', () =>
        vch.containers.filter(({mounts}) => volume === undefined || mounts.some((mount) => mount.volume === volume)),
      ),
    inspectContainer: (id: string) => counted('inspectContainer', () => vch.containers.find((each) => each.id === id)),
  }
  return Object.assign(vch, {api: api as unknown as VchApi})
}

export function container(name: string, parts: Partial<VchContainer> = {}): VchContainer {
  return {
    id: `id-${name}`,
    name,
    image: 'busybox',
    labels: {},
    state: 'running',
    rawState: 'running',
    exitCode: 0,
    startedAt: '2026-01-01T21:00:00Z',
    env: [],
    mounts: [],
    addresses: {},
    publishedAddress: '',
    ...parts,
  }
}

/** A server container of ours, as `expose-volume NAME --ip ADDRESS` makes it. */
export function serverContainer(name: string, address: string, parts: Partial<VchContainer> = {}): VchContainer {
  const request = shareRequest({name, exportFolder: `/exports/${name}`})
  const choice: ShareChoice = {network: 'storage-net', external: true, address, ownAddress: null}
  return container(`vicnfs-${name}`, {
    image: request.image,
    labels: shareLabels(request, choice),
    env: Object.entries(serverEnvironment(request, choice)).map(([key, value]) => `${key}=${value}`),
    mounts: [{volume: name, destination: `/exports/${name}`, readOnly: false}],
    addresses: {'storage-net': address},
    ...parts,
  })
}

export function record(label: string, path: string, parts: Partial<ConsumerRecord> = {}): ConsumerRecord {
  return {
    ...{schemaVersion: 1, vchName: 'consumer', vchId: 'vm-7', vcenter: 'vcenter', endpoint: 'tcp://consumer:2376'},
    ...{label, path, uid: 0, gid: 0, writtenAt: RECORDED_AT},
    ...parts,
  }
}

function nfsOf(world: StatusWorld): Adapters['nfs'] {
  const failed = (code: string) => ({id: 'portmap', title: 'GETPORT', state: 'failed', code, finding: 'refused'})
  const folders = (place: ShareAddress): string[] =>
    [...world.records.keys()]
      .filter((key) => key.startsWith(`${place.host} ${place.path}/`))
      .map((key) => key.slice(`${place.host} ${place.path}/`.length))
  const session = (place: ShareAddress) =>
    ({
      list: () => Promise.resolve(folders(place).map((name) => ({name, isDirectory: true}))),
      readFile(file: string) {
        const folder = file.replace(/\/?\.vicnfs\/consumer\.json$/, '')
        const found = world.records.get(`${place.host} ${place.path}${folder === '' ? '' : `/${folder}`}`)
        return Promise.resolve(found === undefined ? undefined : Buffer.from(JSON.stringify(found)))
      },
      space: () => Promise.resolve({totalBytes: 1_000_000_000, usedBytes: 250_000_000, availableBytes: 750_000_000}),
    }) as unknown as ShareSession
  return {
    portmapPort: 111,
    async preflight(place, options) {
      if (world.silent.has(place.host)) {
        await new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
        })
      }
      const passed = !world.dead.has(place.host)
      if (passed) await options?.whileMounted?.(session(place))
      return {...place, passed, rungs: passed ? [] : [failed('VN-NFS-REFUSED')]} as never
    },
    waitUntilMountable: () => Promise.reject(new Error('a look does not wait')),
    openShare: () => Promise.reject(new Error('what is mounted already is not mounted again')),
    transferShare: () => Promise.reject(new Error('a look moves nothing')),
    digestShare: () => Promise.reject(new Error('a look reads no files')),
  }
}

function vicMachineOf(world: StatusWorld): Awaited<ReturnType<Adapters['vicMachine']>> {
  const {endpoint} = world.consumer.api
  const dockerHost = endpoint.replace(/^tcp:\/\//, '')
  const [name = ''] = dockerHost.split(':')
  const ask = <T>(call: string, answer: () => T): Promise<T> => {
    world.asked.push(call)
    return world.refusal === undefined ? Promise.resolve(answer()) : Promise.reject(world.refusal)
  }
  const program = {
    inspectConfig: () =>
      ask('inspect config', () => ({name, stores: world.stores.map(parseStoreArgument), options: []})),
    inspect: () => ask('inspect', () => ({id: 'vm-7', vchVersion: '1.5.8', installerVersion: '1.5.8', dockerHost})),
  }
  return {
    program: program as never,
    findChange: () => Promise.reject(new Error('a look settles nothing')),
    vcenter: 'vcenter',
    selector: {name},
  }
}

/**
 * @param options.selfHosted one VCH is both; `world.server` is it
 * @param options.vicMachine false: its settings are not given
 */
export function statusWorld(
  stateDirectory: string,
  options: {readonly selfHosted?: boolean; readonly vicMachine?: boolean} = {},
): StatusWorld {
  const server = statusVch('server')
  const consumer = options.selfHosted === true ? server : statusVch('consumer')
  const world = {
    ...{server, consumer, stores: ['ds://datastore1/volumes:default'], asked: [], nowMs: AT_MS},
    ...{records: new Map(), dead: new Set(), silent: new Set()},
  } as unknown as StatusWorld
  const hasVicMachine = options.vicMachine !== false
  const adapters: Adapters = {
    server: server.api,
    consumer: consumer.api,
    selfHosted: options.selfHosted === true,
    sameEndpoint: (a, b) => Promise.resolve(a.replace(/^tcp:\/\//, '') === b.replace(/^tcp:\/\//, '')),
    vicMachine: () => Promise.resolve(vicMachineOf(world)),
    hasVicMachine,
    canAskVicMachine: hasVicMachine,
    nfs: nfsOf(world),
    journal: openJournal(stateDirectory),
    stateDirectory,
    limits: {readyTimeoutMs: 5000, vicMachineTimeoutMs: 5000, vchTimeoutMs: 5000, stepTimeoutMs: 200},
    confirm: () => Promise.reject(new Error('a look asks nothing')),
  }
  const look = createStatusLook(adapters, () => world.nowMs)
  return Object.assign(world, {adapters, look, status: (asked: StatusOptions = {}) => look.look(asked, {})})
}

/** A share that is served on the server VCH and registered on the consumer VCH. */
export function addShare(world: StatusWorld, name: string, address: string): void {
  const label = `${name}-store`
  const path = `/exports/${name}`
  world.server.containers.push(serverContainer(name, address))
  world.server.volumes.push({name, driver: 'vsphere', labels: {}, store: 'default'})
  world.stores.push(`nfs://${address}${path}?uid=0&gid=0:${label}`)
  world.consumer.online.push(label)
  world.records.set(`${address} ${path}`, record(label, path))
}
