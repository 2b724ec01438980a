import {setTimeout as delay} from 'node:timers/promises'
import {listenPlace} from '../certificates/docker-endpoint.js'
import {messageOf} from '../../model/vicnfs-error.js'
import type {ContainerHost} from '../containers/container-host.js'
import {readRequest} from '../containers/create-request.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import {createDockerApi, type DockerApi} from '../docker-api/docker-api.js'
import type {StateStore} from '../state/state-store.js'
import {bootStores, PortLayerExit} from './boot-stores.js'
import type {EndpointVm, GuestReport} from './endpoint-vm-api.js'
import {createNat, type Nat} from './nat.js'
import {openPortLayerLog, type PortLayerLog} from './port-layer-log.js'
import type {DialSettings} from './store-session.js'
import {createVolumeService} from './volume-service.js'

interface EndpointDeps {
  readonly store: StateStore
  readonly containers: ContainerHost
}

/** One power-on: everything in it ends with the power. */
interface Session {
  readonly power: AbortController
  readonly nat: Nat
  report: GuestReport
  failedBoots: number
  api?: DockerApi
  done: Promise<void>
}

const OFF: GuestReport = {clientAddress: '', componentsStarted: false}

function startSession({store}: EndpointDeps): Session {
  const power = new AbortController()
  return {power, nat: createNat(store), report: OFF, failedBoots: 0, done: Promise.resolve()}
}

/** The personality echoes ignored HostConfig fields only until the VCH restarts (knob 9). */
function forgetHostConfig(store: StateStore): void {
  store.update(({containers}) => {
    for (const record of containers) record.hostConfigForgotten = true
  })
}

async function restoreNat({store}: EndpointDeps, nat: Nat): Promise<void> {
  const {restoresUserBridgePorts} = vicBehaviour(store.state.vicVersion)
  const running = store.state.containers.filter((record) => record.power === 'running')
  for (const record of running) {
    if (readRequest(record.request).network === 'bridge' || restoresUserBridgePorts) await nat.map(record)
  }
}

/** One life of port layer and personality: stores, then NAT, then the Docker API. @throws PortLayerExit or a fatal error */
async function bootOnce(deps: EndpointDeps, session: Session, log: PortLayerLog): Promise<void> {
  const {store, containers} = deps
  const {portmapPort, publicAddress, vicVersion, guestInfo, knobs} = store.state
  const dial: DialSettings = {portmapPort, localAddress: publicAddress, signal: session.power.signal}
  const {failedStore} = {...vicBehaviour(vicVersion), ...knobs}
  const booted = await bootStores(guestInfo.stores, {dial, failedStore, log})
  session.power.signal.throwIfAborted()
  const volumes = createVolumeService({store, booted, dial, log: (text) => log('ERROR', text)})
  await restoreNat(deps, session.nat)
  containers.connect({
    mapPorts: (record) => session.nat.map(record),
    unmapPorts: (id) => session.nat.unmap(id),
    removeVolume: (name) => volumes.remove(name),
  })
  const mappings = (id: string) => session.nat.mappings(id)
  const api = createDockerApi({store, containers, volumes, mappings}, listenPlace(store.directory, store.state))
  session.power.signal.throwIfAborted()
  await api.listen()
  session.api = api
}

async function boot(deps: EndpointDeps, session: Session): Promise<void> {
  const {knobs, publicAddress} = deps.store.state
  const {signal} = session.power
  const log = openPortLayerLog(deps.store)
  await delay(knobs.bootDelayMs, undefined, {signal})
  log('INFO', 'Initializing network')
  session.report = {clientAddress: publicAddress, componentsStarted: true}
  while (session.api === undefined) {
    try {
      await bootOnce(deps, session, log)
    } catch (error) {
      signal.throwIfAborted()
      session.failedBoots += 1
      session.nat.close()
      const what = error instanceof PortLayerExit ? `port layer exits: volume store ${error.message}` : messageOf(error)
      log('FATAL', `${what}; started again by vic-init`)
      await delay(knobs.bootRetryMs, undefined, {signal})
    }
  }
}

/**
 * Makes the endpoint VM of a sandbox; it is off until `powerOn`, whatever the state says of the time before.
 * @returns also `close`, which ends everything of this process without a change to the state
 */
export function createEndpointVm(deps: EndpointDeps): EndpointVm & {close(): Promise<void>} {
  let session: Session | undefined
  const end = async (): Promise<void> => {
    const ending = session
    session = undefined
    if (ending === undefined) return
    ending.power.abort(new Error('power off'))
    await ending.done
    deps.containers.connect(undefined)
    ending.nat.close()
    await ending.api?.close()
  }
  return {
    get report() {
      return session?.report ?? OFF
    },
    get failedBoots() {
      return session?.failedBoots ?? 0
    },
    powerOn: () => {
      if (session !== undefined) return
      deps.store.update((state) => void (state.power = 'on'))
      forgetHostConfig(deps.store)
      const started = startSession(deps)
      started.done = boot(deps, started).catch((error: unknown) => {
        // Only power-off ends the boot early, and that is no error.
        if (!started.power.signal.aborted) throw error
      })
      session = started
    },
    powerOff: async () => {
      deps.store.update((state) => void (state.power = 'off'))
      await end()
    },
    close: end,
  }
}
