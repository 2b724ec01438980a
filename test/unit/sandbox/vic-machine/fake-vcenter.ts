import type {VolumeStore} from '../../../../src/model/volume-store.js'
import type {GuestInfo, NetworkState, SnapshotState} from '../../../../src/sandbox/state/sandbox-state.js'
import type {GuestReport} from '../../../../src/sandbox/endpoint-vm/endpoint-vm-api.js'
import {
  notASnapshot,
  VimFault,
  type Datacenter,
  type DockerEndpoint,
  type VCenter,
  type VchRecord,
} from '../../../../src/sandbox/vcenter/vcenter-api.js'
import type {InfoReply} from '../../../../src/sandbox/vic-machine/invocation.js'
import {asVolumeStore} from '../../../../src/sandbox/vic-machine/merge-stores.js'
import {parseStoreArgument} from '../../../../src/sandbox/vic-machine/store-argument.js'

export const THUMBPRINT = '22:57:18:CC:99:86:58:B6:C2:B9:76:0D:57:FF:43:31:5D:F1:17:4C'
export const PASSWORD = 'correct horse'

export interface FakeVm {
  readonly id: string
  readonly name: string
  readonly datacenter: string
  readonly cluster: string
  readonly isVch: boolean
  readonly version: string
  readonly endpoint: DockerEndpoint
  readonly networks?: readonly NetworkState[]
  readonly dnsServers?: readonly string[]
  power: 'on' | 'off'
  guestInfo: GuestInfo
  snapshots: SnapshotState[]
}

/** A vCenter in memory, as large as the one behind the recordings. */
export interface FakeWorld {
  readonly vcenter: VCenter & {close(): void}
  readonly vms: FakeVm[]
  readonly events: string[]
  /** What `GET /info` gives, after the power was given. */
  info: (vm: FakeVm) => InfoReply
  /** What the guest reports once it runs. */
  report: () => GuestReport
  /** Called before an operation; may throw. */
  before: (operation: keyof VCenter) => Promise<void> | void
}

const networks: readonly NetworkState[] = [
  {name: 'bridge', id: 'b', driver: 'bridge', trust: 'published', portGroup: 'DC0_DVPG0'},
]

export function datacenter(name: string, clusters: number): Datacenter {
  return {
    name,
    clusters: Array.from({length: clusters}, (_, index) => ({
      name: `${name}_C${index}`,
      pool: `resgroup-${19 + 19 * index}`,
      hosts: [`${name}_C${index}_H0`, `${name}_C${index}_H1`],
    })),
  }
}

export function storesFrom(...texts: readonly string[]): VolumeStore[] {
  return texts.map((text) => asVolumeStore(parseStoreArgument(text)))
}

export function fakeVm(settings: Partial<FakeVm> & {readonly stores?: readonly VolumeStore[]} = {}): FakeVm {
  const {stores = storesFrom('datastore1/volumes:default'), ...rest} = settings
  return {
    id: 'vm-73',
    name: 'vch1',
    datacenter: 'DC0',
    cluster: 'DC0_C0',
    isVch: true,
    version: 'v1.5.8-10000-2c978fe',
    endpoint: {kind: 'tcp', host: '192.0.2.51', port: 2376, tls: true},
    power: 'on',
    guestInfo: {stores},
    snapshots: [],
    ...rest,
  }
}

/** As `/info` shows them, blank-separated: a label with a blank is two (facts/vic-machine.md § 2.1). */
export function onlineLabels(vm: FakeVm, offline: readonly string[] = []): string[] {
  const online = vm.guestInfo.stores.map(({label}) => label).filter((label) => !offline.includes(label))
  return online.join(' ').split(' ')
}

export function fakeWorld(vms: FakeVm[], datacenters: readonly Datacenter[] = [datacenter('DC0', 1)]): FakeWorld {
  const world: FakeWorld = {
    vms,
    events: [],
    info: (vm) => ({kind: 'ok', onlineStores: onlineLabels(vm), running: true}),
    report: () => ({clientAddress: '192.0.2.51', componentsStarted: true}),
    before: () => undefined,
    vcenter: undefined as unknown as FakeWorld['vcenter'],
  }
  const calls = fakeCalls(world, datacenters)
  const guarded = Object.fromEntries(
    Object.entries(calls).map(([operation, call]) => [
      operation,
      async (...args: unknown[]) => {
        await world.before(operation as keyof VCenter)
        const {signal} = (args.at(-1) ?? {}) as {signal?: AbortSignal}
        signal?.throwIfAborted()
        return (call as (...values: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as VCenter
  return Object.assign(world, {vcenter: {...guarded, close: () => undefined}})
}

function fakeCalls(world: FakeWorld, datacenters: readonly Datacenter[]): VCenter {
  const vm = (id: string): FakeVm => {
    const found = world.vms.find((candidate) => candidate.id === id)
    if (!found) throw new VimFault('ManagedObjectNotFound', `no ${id}`)
    return found
  }
  const hosts = (cluster: string) =>
    datacenters.flatMap(({clusters}) => clusters).find(({name}) => name === cluster)?.hosts ?? []
  const record = (one: FakeVm): VchRecord => ({
    ...one,
    hosts: hosts(one.cluster),
    publicAddress: one.endpoint.kind === 'tcp' ? one.endpoint.host : '192.0.2.51',
    networks: one.networks ?? networks,
    target: 'vcenter.example.test',
    thumbprint: THUMBPRINT,
  })
  const cutPower = (one: FakeVm) => {
    if (one.power === 'on') world.events.push('power off')
    one.power = 'off'
  }
  return {
    about: async () => ({
      host: 'vcenter.example.test',
      thumbprint: THUMBPRINT,
      instanceId: 'dbed6e0c-bd88-4ef6-b594-21283e1c677f',
    }),
    login: async (user, password) => {
      if (password !== PASSWORD || user !== 'administrator@vsphere.local')
        throw new VimFault('InvalidLogin', 'ServerFaultCode: Login failure')
    },
    inventory: async () => ({datacenters, datastores: ['datastore1', 'Shared Store (2)']}),
    listVms: async () => world.vms.map(record),
    readVch: async (id) => record(vm(id)),
    setUpdateInProgress: async (id, value) => void (vm(id).guestInfo = {...vm(id).guestInfo, updateInProgress: value}),
    listSnapshots: async (id) => vm(id).snapshots,
    createSnapshot: async (id, name) => {
      const one = vm(id)
      const snapshot = {id: `snapshot-${one.snapshots.length + 1}-${Math.random()}`, name, guestInfo: one.guestInfo}
      one.snapshots = [...one.snapshots, snapshot]
      return snapshot
    },
    revertToSnapshot: async (id, name) => {
      const one = vm(id)
      const found = one.snapshots.filter((snapshot) => snapshot.name === name)
      const [only] = found
      if (found.length !== 1 || !only)
        throw new VimFault('NotUnique', `"${name}" resolves to ${found.length} snapshots`)
      cutPower(one)
      one.guestInfo = only.guestInfo
    },
    deleteSnapshot: async (id, snapshotId) => {
      if (snapshotId === id) throw notASnapshot(id)
      vm(id).snapshots = vm(id).snapshots.filter((one) => one.id !== snapshotId)
    },
    shutdownGuest: async (id) => cutPower(vm(id)),
    reconfigure: async (id, change) => void (vm(id).guestInfo = {...vm(id).guestInfo, ...change}),
    powerOn: async (id) => {
      if (vm(id).power === 'on') throw new VimFault('InvalidPowerState', '*types.InvalidPowerState')
      vm(id).power = 'on'
      world.events.push('power on')
    },
    guestReport: async () => world.report(),
  }
}
