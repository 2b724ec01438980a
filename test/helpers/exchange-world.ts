import {existsSync} from 'node:fs'
import {mkdtemp} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {LABELS} from '../../src/model/share.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import {parseStoreArgument} from '../../src/model/volume-store.js'
import type {Rung, ShareAddress} from '../../src/nfs/preflight/report.js'
import {exposeVolume, type ExposeOptions, type ExposeResult} from '../../src/services/expose-volume.js'
import type {ContainerRequest, VchApi, VchContainer} from '../../src/vch/vch-api.js'
import {fakeSession} from './fake-session.js'
import {shareRequest} from './fake-world.js'
import {teardownWorld, type TeardownWorld} from './teardown-world.js'

/** A folder in memory where there is one: a journal waits for the disk at every entry. */
export function makeFastDirectory(): Promise<string> {
  const memory = '/dev/shm'
  return mkdtemp(path.join(existsSync(memory) ? memory : tmpdir(), 'vicnfs-test-'))
}

/** A teardown world in which a share is served by whoever has its address, and by nobody else. */
export interface ExchangeWorld extends TeardownWorld {
  /** Called before each change of a container, with its name in words; what it throws is the answer of the API. */
  onChange: (what: string) => void
  /** Whether a container serves once it runs. */
  serves: (container: VchContainer) => boolean
  /** The server image heeds PARKED. */
  knowsParked: boolean
  /** Addresses that are connected to whatever server. */
  clients: string[]
  readonly notes: string[]
}

export const isParked = ({env}: VchContainer): boolean => env.includes('PARKED=1')

/** The running container at an address. */
export function serverAt(world: ExchangeWorld, host: string): VchContainer | undefined {
  return [...world.containers.values()].find(
    (each) => each.state === 'running' && Object.values(each.addresses).includes(host),
  )
}

/** The container of the share, real or parked. */
export function serverNow(world: ExchangeWorld): VchContainer {
  const server = [...world.containers.values()].find(({name}) => name === 'vicnfs-nfs-vol')
  if (server === undefined) throw new Error('there is no server')
  return server
}

/** What a container was made of, without what differs from one to the next. */
export function madeOf({env, labels, mounts, addresses}: VchContainer): unknown {
  const {[LABELS.run]: _run, ...own} = labels
  return {env: [...env].sort(), labels: own, mounts, addresses}
}

/** Hosts of NFS stores that the VCH lists, and that nobody serves: what S4 forbids. */
export function emptyAddresses(world: ExchangeWorld): string[] {
  const hosts = world.stores.map(parseStoreArgument).filter(({scheme}) => scheme === 'nfs')
  return hosts.map(({host}) => host).filter((host) => serverAt(world, host) === undefined)
}

function withEnvironment(api: VchApi, world: ExchangeWorld): VchApi {
  const named = (key: string): string => world.containers.get(key)?.name ?? key
  const onVolume = (volume: string) =>
    [...world.containers.values()].filter(({mounts}) => mounts.some((mount) => mount.volume === volume))
  return {
    ...api,
    async listContainers(filter, options) {
      if (filter.volume !== undefined) return onVolume(filter.volume)
      return Object.keys(filter).length === 0 ? [...world.containers.values()] : api.listContainers(filter, options)
    },
    async createContainer(request: ContainerRequest, options) {
      world.onChange(`create ${request.name ?? ''}`)
      const id = await api.createContainer(request, options)
      const made = world.containers.get(id)
      if (made === undefined) throw new Error(`${id} was not made`)
      const env = Object.entries(request.env ?? {}).map(([name, value]) => `${name}=${value}`)
      const mounts = (request.binds ?? []).map(({volume, destination}) => ({volume, destination, readOnly: false}))
      world.containers.delete(id)
      const unique = `${id}-${(serial += 1)}`
      world.containers.set(unique, {...made, id: unique, env: ['PATH=/bin', ...env], mounts})
      return unique
    },
    async startContainer(id, options) {
      world.onChange(`start ${named(id)}`)
      await api.startContainer(id, options)
    },
    stopContainer(id) {
      world.onChange(`stop ${named(id)}`)
      const found = world.containers.get(id)
      if (found !== undefined) world.containers.set(id, {...found, state: 'exited', rawState: 'exited'})
      return Promise.resolve()
    },
    async removeContainer(id, options) {
      world.onChange(`remove ${named(id)}`)
      await api.removeContainer(id, options)
    },
    exec: () => Promise.resolve({exitCode: 0, stdout: world.clients.join('\n'), stderr: ''}),
    hasImage: () => Promise.resolve(true),
  }
}

let serial = 0

const REFUSED: Rung = {
  ...{id: 'portmap', title: 'Ask the port mapper for mountd', state: 'failed', durationMs: 1},
  ...{code: 'VN-NFS-REFUSED', finding: 'connection refused'},
}

export async function exchangeWorld(directory: string): Promise<ExchangeWorld> {
  const plain = await teardownWorld(directory)
  const world = Object.assign(plain, {
    onChange: () => undefined,
    serves: () => true,
    knowsParked: true,
    clients: [],
    notes: [],
  }) as ExchangeWorld
  const {adapters} = plain
  const server = ({host}: ShareAddress): VchContainer | undefined => {
    const found = serverAt(world, host)
    return found !== undefined && world.serves(found) ? found : undefined
  }
  const nobody = (): VicnfsError => new VicnfsError('VN-NFS-NOT-READY', 'Nobody serves there.', {reason: 'No answer.'})
  const nfs: typeof adapters.nfs = {
    ...adapters.nfs,
    async preflight(place, options) {
      const report = await adapters.nfs.preflight(place, options)
      const passed = server(place) !== undefined
      if (passed) await options?.whileMounted?.(await nfs.openShare(place, {}))
      return {...report, passed, rungs: passed ? [] : [REFUSED]}
    },
    waitUntilMountable: (place) =>
      server(place) === undefined ? Promise.reject(nobody()) : Promise.resolve({attempts: 1} as never),
    async openShare(place, options) {
      const found = server(place)
      if (found === undefined) throw nobody()
      if (!isParked(found) || !world.knowsParked) return adapters.nfs.openShare(place, options)
      const details = {nfsStatus: 'NFS3ERR_ACCES'}
      const denied = () => Promise.reject(new VicnfsError('VN-NFS-SHARE-WRITE', 'Parked.', {details}))
      const empty = fakeSession({...world, files: new Map()}, place)
      return {...empty, makeDirectory: denied, writeFile: denied}
    },
  }
  return Object.assign(world, {
    adapters: {
      ...adapters,
      server: withEnvironment(adapters.server, world),
      consumer: withEnvironment(adapters.consumer, world),
      nfs,
    },
  })
}

export function exposeIn(
  world: ExchangeWorld,
  options: Partial<ExposeOptions> & {
    readonly parts?: Parameters<typeof shareRequest>[0]
    readonly create?: boolean
  } = {},
): Promise<ExposeResult> {
  const {parts = {}, create = false, ...rest} = options
  const request = shareRequest(parts)
  const wish = {request, volume: {name: request.name, create}, ...rest}
  return exposeVolume(wish, world.adapters, {
    onEvent(event) {
      if (event.type === 'note') world.notes.push(event.text)
    },
  })
}
