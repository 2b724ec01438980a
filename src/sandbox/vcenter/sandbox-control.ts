import type {ContainerVms, EndpointVm} from '../endpoint-vm/endpoint-vm-api.js'
import type {StateStore} from '../state/state-store.js'
import type {ControlStatus, SandboxControl} from './control-api.js'
import {cutPower, givePower, revertNewest} from './vcenter.js'

export interface ControlledVms {
  readonly endpointVm: EndpointVm
  readonly containers: ContainerVms
}

/** The operations that only a sandbox has, fault injection aside. */
export function createSandboxControl(
  store: StateStore,
  {endpointVm, containers}: ControlledVms,
  {stop}: {readonly stop: () => Promise<void>},
): Omit<SandboxControl, 'injectFault'> {
  return {
    status: async () => statusOf(store, endpointVm),
    stop: () => stop(),
    container: (id, deed) => containers[deed](id),
    setKnobs: async (knobs) => {
      store.update((state) => Object.assign(state.knobs, knobs))
    },
    vchPowerOff: () => cutPower(store, endpointVm),
    vchPowerOn: async () => {
      if (store.state.power === 'off') givePower(store, endpointVm)
    },
    revertNewestSnapshot: () => revertNewest(store, endpointVm),
  }
}

function statusOf({state}: StateStore, {failedBoots}: ControlledVms['endpointVm']): ControlStatus {
  return {
    name: state.name,
    vmId: state.vmId,
    pid: process.pid,
    vicVersion: state.vicVersion,
    power: state.power,
    failedBoots,
    stores: state.guestInfo.stores,
    updateInProgress: state.guestInfo.updateInProgress === true,
    snapshots: state.snapshots.map(({name}) => name),
    containers: state.containers.map(({id, name, image, power, address}) => ({id, name, image, power, address})),
  }
}
