import {rmSync} from 'node:fs'
import type {ContainerVms, EndpointVm} from '../endpoint-vm/endpoint-vm-api.js'
import type {StateStore} from '../state/state-store.js'
import type {Control} from '../vcenter/control-api.js'
import {startControlServer} from '../vcenter/control-server.js'
import {createSandboxControl} from '../vcenter/sandbox-control.js'
import {createVCenter} from '../vcenter/vcenter.js'
import {withFaults} from '../vcenter/with-faults.js'
import {daemonFile} from './sandbox-directory.js'

/** The VMs of one sandbox. */
export interface SandboxVms {
  readonly endpointVm: EndpointVm
  readonly containers: ContainerVms
  /** Ends every process of the sandbox but this one; the endpoint VM's power stays what it was. */
  endAll(): Promise<void>
}

/**
 * Runs a sandbox: powers the VCH on if it was on, and serves the control operations until `stop` is asked for.
 * @returns resolves when everything is ended
 */
export async function runDaemon(
  store: StateStore,
  vms: SandboxVms,
  {controlPath, signal}: {readonly controlPath: string; readonly signal: AbortSignal},
): Promise<void> {
  let finish = (): void => undefined
  const stopped = new Promise<void>((resolve) => (finish = resolve))
  let ending: Promise<void> | undefined
  const stop = () => (ending ??= vms.endAll())
  const faults = withFaults(createVCenter(store, vms.endpointVm))
  const own = createSandboxControl(store, vms, {stop: () => stop().finally(() => setImmediate(finish))})
  const control: Control = {...faults.vcenter, ...own, injectFault: faults.inject}
  if (store.state.power === 'on') vms.endpointVm.powerOn()
  const server = await startControlServer(controlPath, control)
  const onAbort = (): void => void stop().finally(finish)
  // It may have been asked to stop while its containers were powered on.
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, {once: true})
  await stopped
  server.close()
  rmSync(daemonFile(store.directory), {force: true})
}
