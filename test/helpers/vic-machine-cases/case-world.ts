import type {GuestReport} from '../../../src/sandbox/endpoint-vm/endpoint-vm-api.js'
import type {NetworkState, SnapshotState} from '../../../src/sandbox/state/sandbox-state.js'
import {VimFault} from '../../../src/sandbox/vcenter/vcenter-api.js'
import type {InfoReply} from '../../../src/sandbox/vic-machine/invocation.js'
import {findRelease, releaseText} from '../../../src/sandbox/vic-machine/releases.js'
import {
  datacenter,
  fakeVm,
  fakeWorld,
  onlineLabels,
  storesFrom,
  type FakeVm,
  type FakeWorld,
} from '../../unit/sandbox/vic-machine/fake-vcenter.js'
import {stateNamed, type VchKnobs, type VchState, type VicMachineCase} from './cases.js'

const SNAPSHOT = 'reconfigure for 10000'
/** The VM that a recording asks for and that is no VCH. */
const OTHER_VM = fakeVm({id: 'vm-65', name: 'DC0_C0_RP0_VM0', isVch: false})

/** Answers that vic-machine does not wait on, in Go's words (lifecycle-failure-rolled-back, lifecycle-store-offline-*). */
const OTHER_ANSWERS: Readonly<Record<string, InfoReply>> = {
  refuses: {kind: 'retry'},
  resets: {kind: 'retry'},
  'http-500': {kind: 'retry'},
  'plain-http': {kind: 'broken', message: 'http: server gave HTTP response to HTTPS client'},
  'other-name': {
    kind: 'assumed',
    warning:
      "Server certificate hostname doesn't match: x509: cannot validate certificate for 192.0.2.51 because it doesn't contain any IP SANs",
  },
  'client-certificate': {
    kind: 'assumed',
    warning: 'Expected TLS error without access to client certificate, received error: tls: bad certificate',
  },
}

/** The vCenter in memory as it stood before a recorded run. */
export function worldBefore(row: VicMachineCase, onWait: (count: number) => void): FakeWorld {
  const release = findRelease(row.vch?.release ?? row.release ?? '1.5.8')
  if (release === undefined) throw new Error(`${row.case} is of no release that the stand-in can be`)
  const vch = (settings: Partial<FakeVm>) =>
    fakeVm({version: releaseText(release), ...asMade(stateNamed(row.before ?? 'fresh')), ...settings})
  const [vms, datacenters] = inventory(row.world, vch)
  const world = fakeWorld([...vms, OTHER_VM], datacenters)
  behave(world, row.vch ?? {}, onWait)
  return world
}

function asMade(state: VchState): Pick<FakeVm, 'power' | 'guestInfo' | 'snapshots'> {
  const {power, flag} = state
  const flagSet = flag === undefined ? {} : {updateInProgress: flag}
  const snapshots = Array.from({length: state.snapshots}, (_, index): SnapshotState => {
    const guestInfo = {stores: storesFrom(...stateNamed(state.holds).stores), updateInProgress: true}
    return {id: `snapshot-old-${index}`, name: SNAPSHOT, guestInfo}
  })
  return {power, guestInfo: {stores: storesFrom(...state.stores), ...flagSet}, snapshots}
}

type Inventory = readonly [readonly FakeVm[], Parameters<typeof fakeWorld>[1]]

function inventory(world: VicMachineCase['world'], vch: (settings: Partial<FakeVm>) => FakeVm): Inventory {
  const clusters = (count: number) => [datacenter('DC0', count)]
  switch (world) {
    case 'one-cluster':
      return [[vch({id: 'vm-47'})], clusters(1)]
    case 'old':
      return [[vch({id: 'vm-72'})], clusters(2)]
    case 'two-vchs':
      return [[vch({}), secondVch()], clusters(2)]
    case 'two-datacenters':
      return [
        [vch({id: 'vm-141'}), vch({id: 'vm-151', datacenter: 'DC1', cluster: 'DC1_C0'})],
        [datacenter('DC0', 1), datacenter('DC1', 1)],
      ]
    case 'empty':
      return [[], clusters(1)]
    case undefined:
      return [[vch({})], clusters(2)]
  }
}

/** With blanks in its name, a DNS server and a container network of its own (inspect-config-raw-name-with-space). */
function secondVch(): FakeVm {
  const network = (settings: Pick<NetworkState, 'name' | 'driver' | 'portGroup'> & Partial<NetworkState>) => ({
    id: settings.name,
    trust: 'published' as const,
    ...settings,
  })
  return fakeVm({
    id: 'vm-83',
    name: 'my vch-2',
    cluster: 'DC0_C1',
    stores: [],
    endpoint: {kind: 'tcp', host: '192.0.2.52', port: 2376, tls: true},
    dnsServers: ['192.0.2.53'],
    networks: [
      network({name: 'bridge', driver: 'bridge', portGroup: 'DC0_DVPG1'}),
      network({
        name: 'routable',
        driver: 'external',
        portGroup: 'DC0_DVPG2',
        subnet: '192.0.2.128/25',
        gateway: '192.0.2.129',
        ipRange: '192.0.2.128/25',
        dns: '192.0.2.53',
      }),
    ],
  })
}

function behave(world: FakeWorld, knobs: VchKnobs, onWait: (count: number) => void): void {
  let [waits, refusals] = [0, 0]
  world.info = (vm) => {
    const docker = knobs.guest === 'silent' ? 'refuses' : knobs.docker
    const other = docker === undefined ? undefined : OTHER_ANSWERS[docker]
    if (other?.kind === 'retry') onWait(++waits)
    return other ?? {kind: 'ok', onlineStores: onlineLabels(vm, knobs.offline), running: true}
  }
  world.report = () => {
    const report: GuestReport = {clientAddress: '192.0.2.51', componentsStarted: knobs.guest === undefined}
    if (knobs.guest === 'silent') onWait(++waits)
    return knobs.guest === 'port-layer-error' ? {...report, componentErrors: {'port-layer': 'exit status 1'}} : report
  }
  world.before = (operation) => {
    if (operation !== 'reconfigure' || knobs.vcenter !== 'task-in-progress' || refusals > 0) return
    refusals += 1
    throw new VimFault('TaskInProgress', 'Another task is already in progress.')
  }
}
