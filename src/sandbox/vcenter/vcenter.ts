import {createHash, timingSafeEqual} from 'node:crypto'
import {setTimeout as delay} from 'node:timers/promises'
import type {EndpointVm} from '../endpoint-vm/endpoint-vm-api.js'
import {SANDBOX_PASSWORD, SANDBOX_USER, type SandboxState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {vchVersionText} from '../vic-machine/releases.js'
import {SANDBOX_CLUSTER, SANDBOX_DATACENTER} from './inventory.js'
import {newestSnapshot, snapshotByName, takeSnapshot} from './snapshots.js'
import {VimFault, type VCenter, type VchRecord} from './vcenter-api.js'

/**
 * The vCenter of one sandbox, over its state and its endpoint VM. One call changes one thing, as on a real vCenter:
 * whoever needs two calls (read the flag, set the flag) can be overtaken between them (facts/vic-machine.md § 0.4).
 */
export function createVCenter(store: StateStore, endpointVm: EndpointVm): VCenter {
  const vm = (id: string): SandboxState => {
    if (id !== store.state.vmId)
      throw new VimFault(
        'ManagedObjectNotFound',
        `The object '${id}' has already been deleted or has not been completely created`,
      )
    return store.state
  }
  return {
    about: async () => aboutOf(store.state),
    login: async (user, password) => checkLogin(user, password),
    inventory: async () => ({datacenters: [SANDBOX_DATACENTER], datastores: store.state.datastores}),
    listVms: async () => [recordOf(store.state)],
    readVch: async (id) => recordOf(vm(id)),
    setUpdateInProgress: async (id, value) => {
      vm(id)
      store.update((state) => (state.guestInfo = {...state.guestInfo, updateInProgress: value}))
    },
    listSnapshots: async (id) => vm(id).snapshots.map(({id: snapshotId, name}) => ({id: snapshotId, name})),
    createSnapshot: async (id, name) => (vm(id), store.update((state) => takeSnapshot(state, name))),
    revertToSnapshot: async (id, name) => {
      const snapshot = snapshotByName(vm(id).snapshots, name)
      await cutPower(store, endpointVm)
      store.update((state) => (state.guestInfo = snapshot.guestInfo))
    },
    deleteSnapshot: async (id, snapshotId) => {
      vm(id)
      store.update((state) => (state.snapshots = state.snapshots.filter((snapshot) => snapshot.id !== snapshotId)))
    },
    shutdownGuest: async (id) => {
      if (vm(id).power === 'off') return
      await delay(store.state.knobs.guestShutdownMs)
      await cutPower(store, endpointVm)
    },
    reconfigure: async (id, stores) => {
      vm(id)
      store.update((state) => (state.guestInfo = {...state.guestInfo, stores}))
    },
    powerOn: async (id) => {
      if (vm(id).power === 'on') throw new VimFault('InvalidPowerState', '*types.InvalidPowerState')
      givePower(store, endpointVm)
    },
    guestReport: async (id) => {
      vm(id)
      const {clientAddress, componentsStarted} = endpointVm.report
      return {clientAddress, componentsStarted}
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

function recordOf(state: SandboxState): VchRecord {
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
    endpoint: {kind: 'unix', path: state.socketPath},
    publicAddress: state.publicAddress,
    networks: state.networks,
    target: state.target,
    thumbprint: state.thumbprint,
  }
}
