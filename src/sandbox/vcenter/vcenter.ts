import {createHash, timingSafeEqual} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {EndpointVm} from '../endpoint-vm/endpoint-vm-api.js'
import {dockerEndpoint} from '../certificates/docker-endpoint.js'
import {SANDBOX_PASSWORD, SANDBOX_USER, type SandboxState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {vchVersionText} from '../vic-machine/releases.js'
import {SANDBOX_CLUSTER, SANDBOX_DATACENTER} from './inventory.js'
import {newestSnapshot, snapshotByName, takeSnapshot} from './snapshots.js'
import {notASnapshot, VimFault, type VCenter, type VchRecord} from './vcenter-api.js'

/** Long enough for two processes started together to meet in it, as on a real vCenter (facts/vic-machine.md § 0.4). */
const CONFIGURE_GAP_MS = 60

/**
 * The vCenter of one sandbox, over its state and its endpoint VM. One call changes one thing, as on a real vCenter:
 * whoever needs two calls (read the flag, set the flag) can be overtaken between them (facts/vic-machine.md § 0.4).
 */
export function createVCenter(store: StateStore, endpointVm: EndpointVm): VCenter {
  return {...readingCalls(store, endpointVm), ...snapshotCalls(store, endpointVm), ...changingCalls(store, endpointVm)}
}

/** @throws VimFault when the id is not that of the sandbox's only VM */
function vmOf({state}: StateStore, id: string): SandboxState {
  if (id === state.vmId) return state
  throw new VimFault(
    'ManagedObjectNotFound',
    `The object '${id}' has already been deleted or has not been completely created`,
  )
}

type ReadingCalls = Pick<VCenter, 'about' | 'login' | 'inventory' | 'listVms' | 'readVch' | 'guestReport'>

function readingCalls(store: StateStore, endpointVm: EndpointVm): ReadingCalls {
  return {
    about: async () => aboutOf(store.state),
    login: async (user, password) => {
      checkLogin(user, password)
    },
    inventory: async () => ({datacenters: [SANDBOX_DATACENTER], datastores: store.state.datastores}),
    listVms: async () => [recordOf(store)],
    readVch: async (id) => {
      vmOf(store, id)
      return recordOf(store)
    },
    guestReport: async (id) => {
      vmOf(store, id)
      const {clientAddress, componentsStarted} = endpointVm.report
      return {clientAddress, componentsStarted}
    },
  }
}

type SnapshotCalls = Pick<VCenter, 'listSnapshots' | 'createSnapshot' | 'revertToSnapshot' | 'deleteSnapshot'>

function snapshotCalls(store: StateStore, endpointVm: EndpointVm): SnapshotCalls {
  return {
    listSnapshots: async (id) => vmOf(store, id).snapshots.map((snapshot) => ({id: snapshot.id, name: snapshot.name})),
    createSnapshot: async (id, name) => {
      vmOf(store, id)
      return store.update((state) => takeSnapshot(state, name))
    },
    revertToSnapshot: async (id, name) => {
      const snapshot = snapshotByName(vmOf(store, id).snapshots, name)
      await cutPower(store, endpointVm)
      store.update((state) => (state.guestInfo = snapshot.guestInfo))
    },
    deleteSnapshot: async (id, snapshotId) => {
      if (vmOf(store, id).vmId === snapshotId) throw notASnapshot(snapshotId)
      store.update((state) => (state.snapshots = state.snapshots.filter((snapshot) => snapshot.id !== snapshotId)))
    },
  }
}

type ChangingCalls = Pick<VCenter, 'setUpdateInProgress' | 'shutdownGuest' | 'reconfigure' | 'powerOn'>

function changingCalls(store: StateStore, endpointVm: EndpointVm): ChangingCalls {
  let powerOns = 0
  return {
    setUpdateInProgress: async (id, value) => {
      vmOf(store, id)
      store.update((state) => (state.guestInfo = {...state.guestInfo, updateInProgress: value}))
    },
    shutdownGuest: async (id) => {
      if (vmOf(store, id).power === 'off') return
      const life = powerOns
      await delay(store.state.knobs.guestShutdownMs)
      // Of two that shut the guest down at once, the slower one must not end the life that the quicker one began.
      if (life === powerOns) await cutPower(store, endpointVm)
    },
    reconfigure: async (id, change) => {
      vmOf(store, id)
      store.update((state) => (state.guestInfo = {...state.guestInfo, ...change}))
    },
    powerOn: async (id) => {
      if (vmOf(store, id).power === 'on') throw new VimFault('InvalidPowerState', '*types.InvalidPowerState')
      powerOns += 1
      givePower(store, endpointVm)
    },
  }
}

/** Power off at once, as the power button does. */
export async function cutPower(store: StateStore, endpointVm: EndpointVm): Promise<void> {
  store.update((state) => (state.power = 'off'))
  await endpointVm.powerOff()
}

export function givePower(store: StateStore, endpointVm: EndpointVm): void {
  store.update((state) => (state.power = 'on'))
  endpointVm.powerOn()
}

/** What an administrator does in vSphere where reverting by name fails: the newest snapshot, whatever its name. */
export async function revertNewest(store: StateStore, endpointVm: EndpointVm): Promise<void> {
  const snapshot = newestSnapshot(store.state.snapshots)
  await cutPower(store, endpointVm)
  store.update((state) => (state.guestInfo = snapshot.guestInfo))
  givePower(store, endpointVm)
}

function aboutOf(state: SandboxState) {
  const digest = createHash('sha1').update(state.target).digest('hex')
  const instanceId = [8, 12, 16, 20, 32].map((end, index) => digest.slice([0, 8, 12, 16, 20][index], end)).join('-')
  return {host: state.target, thumbprint: state.thumbprint, instanceId}
}

function checkLogin(user: string, password: string): void {
  const same = (given: string, wanted: string): boolean => {
    const [left, right] = [given, wanted].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer]
    return timingSafeEqual(left, right)
  }
  if (!same(user.toLowerCase(), SANDBOX_USER) || !same(password, SANDBOX_PASSWORD)) {
    // vCenter Server's own words (vic-machine-transcripts/README, "What a real vCenter and VCH do differently").
    throw new VimFault(
      'InvalidLogin',
      'ServerFaultCode: Cannot complete login due to an incorrect user name or password.',
    )
  }
}

function recordOf({state, directory}: StateStore): VchRecord {
  return {
    id: state.vmId,
    name: state.name,
    isVch: true,
    datacenter: SANDBOX_DATACENTER.name,
    cluster: SANDBOX_CLUSTER.name,
    hosts: SANDBOX_CLUSTER.hosts,
    version: vchVersionText(state.vicVersion),
    power: state.power,
    guestInfo: state.guestInfo,
    endpoint: dockerEndpoint(directory, state),
    publicAddress: state.publicAddress,
    networks: state.networks,
    target: state.target,
    thumbprint: state.thumbprint,
    configureGapMs: state.knobs.configureGapMs ?? CONFIGURE_GAP_MS,
  }
}
