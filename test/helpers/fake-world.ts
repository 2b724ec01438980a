import {openJournal} from '../../src/journal/journal.js'
import type {ShareRequest} from '../../src/model/share.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import {parseStoreArgument} from '../../src/model/volume-store.js'
import type {Adapters} from '../../src/services/adapters.js'
import type {ContainerRequest, VchApi, VchContainer, VchNetwork, VchVolume} from '../../src/vch/vch-api.js'
import type {ChangeRun, VicMachine} from '../../src/vic-machine/vic-machine-api.js'
import {fakeSession} from './fake-session.js'

const STORAGE_NET: VchNetwork = {
  name: 'storage-net',
  id: 'net-1',
  external: true,
  subnet: '10.9.0.0/24',
  gateway: '10.9.0.1',
  usedAddresses: [],
}

/** What the services find, and everything that they did, in order. */
export interface FakeWorld {
  readonly adapters: Adapters
  readonly did: string[]
  readonly volumes: Map<string, VchVolume>
  readonly containers: Map<string, VchContainer>
  /** Paths of files and folders on every share. */
  readonly files: Map<string, Buffer | 'directory'>
  /** Folders on a share that only these uids may look into; the first one owns it. */
  readonly closed: Map<string, readonly number[]>
  stores: string[]
  /** Labels of stores that the consumer VCH has left out at its last boot. */
  readonly offline: Set<string>
  consents: boolean
  mountable: boolean
  /** Who has a connection to a running server, as its `share-check clients` says; undefined for an image without it. */
  clients: readonly string[] | undefined
  /** Changes when somebody writes to a share. */
  digest: string
}

function fakeContainer(request: ContainerRequest): VchContainer {
  const {name = 'unnamed', image, labels = {}, network = '', address = ''} = request
  return {
    id: `id-of-${name}`,
    name,
    image,
    labels,
    state: 'created',
    rawState: 'created',
    exitCode: 0,
    startedAt: '',
    env: [],
    mounts: [],
    addresses: {[network]: address},
    publishedAddress: '',
  }
}

function fakeVch(world: FakeWorld, options: {name: string; version: string; networks: readonly VchNetwork[]}): VchApi {
  const {did, volumes, containers} = world
  const {name, version, networks} = options
  const find = (key: string) => [...containers.values()].find((each) => each.id === key || each.name === key)
  const isMatch = (each: VchContainer, labels: readonly string[]): boolean =>
    labels.every((label) => each.labels[label.split('=')[0] ?? ''] === label.slice(label.indexOf('=') + 1))
  return {
    endpoint: `tcp://${name}:2376`,
    info: () =>
      Promise.resolve({
        kind: 'vch',
        name,
        version,
        running: true,
        onlineStores: world.stores
          .map((store) => parseStoreArgument(store).label)
          .filter((label) => !world.offline.has(label)),
        networkNames: networks.map((network) => network.name),
      }),
    networks: () => Promise.resolve(networks),
    inspectVolume: (volume) => Promise.resolve(volumes.get(volume)),
    listVolumes: () => Promise.resolve([...volumes.values()]),
    createVolume(request) {
      did.push(`volume ${request.name}`)
      const volume = {name: request.name, driver: 'vsphere', labels: request.labels ?? {}}
      volumes.set(request.name, volume)
      return Promise.resolve({created: true, volume})
    },
    removeVolume(volume) {
      did.push(`remove volume ${volume}`)
      volumes.delete(volume)
      return Promise.resolve()
    },
    listContainers: ({labels = []}) =>
      Promise.resolve([...containers.values()].filter((each) => labels.length > 0 && isMatch(each, labels))),
    inspectContainer: (key) => Promise.resolve(find(key)),
    createContainer(request) {
      const made = fakeContainer(request)
      if (find(made.name) !== undefined) {
        return Promise.reject(new VicnfsError('VN-VCH-NAME-TAKEN', `There is a container "${made.name}".`))
      }
      did.push(`create ${made.name}`)
      containers.set(made.id, made)
      return Promise.resolve(made.id)
    },
    startContainer(key) {
      const found = find(key)
      if (found === undefined) return Promise.reject(new VicnfsError('VN-VCH-CONTAINER-MISSING', `no container ${key}`))
      did.push(`start ${found.name}`)
      containers.set(found.id, {...found, state: 'running', rawState: 'running'})
      return Promise.resolve()
    },
    stopContainer: () => Promise.resolve(),
    removeContainer(key) {
      did.push(`remove ${find(key)?.name ?? key}`)
      containers.delete(find(key)?.id ?? key)
      return Promise.resolve()
    },
    waitContainer: () => Promise.resolve(0),
    containerLogs: () => Promise.resolve(''),
    exec(key, command) {
      if (find(key)?.state !== 'running') {
        return Promise.reject(new VicnfsError('VN-VCH-CONTAINER-STOPPED', `Container ${key} is not running.`))
      }
      const {clients} = world
      const isKnown = command.join(' ') === 'share-check clients' && clients !== undefined
      const stdout = isKnown ? clients.map((client) => `${client}\n`).join('') : ''
      return Promise.resolve({exitCode: isKnown ? 0 : 2, stdout, stderr: ''})
    },
    hasImage: () => Promise.resolve(false),
    pullImage(image) {
      did.push(`pull ${image} on ${name}`)
      return Promise.resolve()
    },
  }
}

function fakeVicMachine(world: FakeWorld, vch: {name: string; version: string}): VicMachine {
  const stores = () => world.stores.map(parseStoreArgument)
  return {
    commandLine: (change) => `vic-machine ${change.kind}`,
    version: () => Promise.resolve(vch.version),
    list: () => Promise.resolve([]),
    inspect: () =>
      Promise.resolve({
        id: 'vm-7',
        vchVersion: vch.version,
        installerVersion: vch.version,
        dockerHost: `${vch.name}:2376`,
      }),
    inspectConfig: () => Promise.resolve({name: vch.name, stores: stores(), options: []}),
    start(change, folder) {
      world.did.push(change.kind)
      if (change.kind === 'configure') world.stores = change.stores.map((store) => store.argument)
      const end = {claim: 'completed', exitCode: 0, errorLines: [], twoSnapshots: false, offlineLabels: []} as const
      const run: ChangeRun = {folder, pid: 1, wait: () => Promise.resolve(end)}
      return Promise.resolve(run)
    },
  }
}

/** A server VCH and a consumer VCH in memory, with a real journal; everything answers at once. */
export function fakeWorld(
  stateDirectory: string,
  options: {readonly version?: string; readonly networks?: readonly VchNetwork[]} = {},
): FakeWorld {
  const {version = '1.5.8', networks = [STORAGE_NET]} = options
  const did: string[] = []
  const refusal = (): VicnfsError => new VicnfsError('VN-CONSENT-MISSING', 'This needs --yes.')
  const world = {
    did,
    volumes: new Map(),
    containers: new Map(),
    files: new Map(),
    closed: new Map(),
    stores: ['ds://datastore1/volumes:default'],
    offline: new Set(),
    consents: true,
    mountable: true,
    clients: [],
    digest: 'as it is',
  } as unknown as FakeWorld
  const consumer = fakeVch(world, {name: 'consumer', version, networks: []})
  const access = {
    program: fakeVicMachine(world, {name: 'consumer', version}),
    findChange: () => Promise.resolve(undefined),
    vcenter: 'vcenter',
    selector: {name: 'consumer'},
  }
  const adapters: Adapters = {
    server: fakeVch(world, {name: 'server', version, networks}),
    consumer,
    selfHosted: false,
    sameEndpoint: () => Promise.resolve(true),
    vicMachine: () => Promise.resolve(access),
    hasVicMachine: true,
    canAskVicMachine: true,
    nfs: {
      portmapPort: 111,
      preflight({host, path, uid, gid}) {
        did.push(`preflight ${path}`)
        const passed = world.mountable
        const address = {host, path, uid, gid}
        return Promise.resolve({...address, passed, readOnly: false, privilegedPort: false, rungs: []} as never)
      },
      waitUntilMountable: () =>
        world.mountable
          ? Promise.resolve({attempts: 1} as never)
          : Promise.reject(new VicnfsError('VN-NFS-NOT-READY', 'The share cannot be mounted.')),
      openShare: (address) => Promise.resolve(fakeSession(world, address)),
      transferShare(from, to) {
        did.push(`transfer ${from.path} ${to.path}`)
        return Promise.resolve({entries: 3, bytes: 12, unchanged: 0, setAside: 0, digest: world.digest})
      },
      digestShare: () => Promise.resolve(world.digest),
    },
    journal: openJournal(stateDirectory),
    stateDirectory,
    limits: {readyTimeoutMs: 5000, vicMachineTimeoutMs: 5000, vchTimeoutMs: 5000, stepTimeoutMs: 5000},
    confirm() {
      did.push('confirm')
      return world.consents ? Promise.resolve() : Promise.reject(refusal())
    },
  }
  return Object.assign(world, {adapters})
}

/** The request of `expose-volume nfs-vol` without any flag. */
export function shareRequest(parts: Partial<ShareRequest> = {}): ShareRequest {
  return {
    name: 'nfs-vol',
    scratch: false,
    image: 'vicnfs/server:1',
    network: null,
    address: null,
    exportFolder: '/exports/nfs-vol',
    mountdPort: 32_767,
    lockdPort: 32_768,
    exportOptions: null,
    allow: [],
    squash: 'no_root_squash',
    uid: 0,
    gid: 0,
    securePorts: false,
    ...parts,
  }
}
