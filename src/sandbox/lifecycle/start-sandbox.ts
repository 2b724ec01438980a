import path from 'node:path'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {markedProcesses} from '../containers/marked-processes.js'
import {ensureCertificates} from '../certificates/vch-certificates.js'
import type {DockerSecurity, Knobs, SandboxState} from '../state/sandbox-state.js'
import {StateStore} from '../state/state-store.js'
import {findRelease, STAND_IN_VERSIONS} from '../vic-machine/releases.js'
import {chooseDockerPort, keepDockerPort} from './docker-port.js'
import {withFileLock} from './file-lock.js'
import {firstState, publicAddressOf, subnetsOf, type ExtraNetwork} from './first-state.js'
import {makeHandle, type SandboxHandle} from './handle.js'
import {isRunning, launchDaemon, waitForApi} from './launch-daemon.js'
import {choosePortmapPort, keepPortmapPort} from './portmap-port.js'
import {ensurePrivate, privateRoot, siblingPaths, socketPaths} from './private-folder.js'
import {changeRegistry, freeNetworks, register, type Registry} from './registry.js'
import {DEFAULT_SANDBOX_NAME, hasState, openState, sandboxDirectory, sandboxLock} from './sandbox-directory.js'
import {writeWrapper} from './wrapper-script.js'

/** What a new sandbox shall be; ignored for one that exists, except the releases, which must fit. */
export interface SandboxOptions {
  readonly name?: string
  /** Stands in for `$VICNFS_STATE_DIR`; the sandbox lies in `sandboxes/<name>` below it. */
  readonly stateDirectory?: string
  /** Release of the VCH, such as `1.5.8`. */
  readonly vicVersion?: string
  /** Release of the vic-machine stand-in; the VCH's own by default. */
  readonly vicMachineVersion?: string
  readonly networks?: readonly ExtraNetwork[]
  /** `--volume-store` values; one datastore store `default` by default. */
  readonly stores?: readonly string[]
  readonly knobs?: Partial<Knobs>
  readonly portmapPort?: number
  /** How its Docker API is guarded on TCP; the private unix socket by default. */
  readonly security?: DockerSecurity
}

export interface StartOptions {
  readonly signal?: AbortSignal
  /** For the whole start; 30 s by default. */
  readonly timeoutMs?: number
}

const DEFAULT_VERSION = '1.5.8'
const START_TIMEOUT_MS = 30_000
const PRODUCTS = {vicVersion: 'VIC', vicMachineVersion: 'vic-machine'} as const

/**
 * Makes sure that the sandbox runs: a running one is returned as it is, a stopped or killed one goes on from its
 * state. A VCH that boots again and again counts as started, with `apiAnswers` false.
 * @throws VN-SANDBOX-…
 */
export async function startSandbox(options: SandboxOptions = {}, call: StartOptions = {}): Promise<SandboxHandle> {
  if (process.platform !== 'linux') {
    throw new VicnfsError('VN-SANDBOX-PLATFORM', `The sandbox does not run on ${process.platform}.`)
  }
  const directory = sandboxDirectory(options.name ?? DEFAULT_SANDBOX_NAME, options.stateDirectory)
  const root = privateRoot()
  const limits = {timeoutMs: call.timeoutMs ?? START_TIMEOUT_MS, ...(call.signal && {signal: call.signal})}
  return withFileLock(
    sandboxLock(directory),
    async () => {
      const state = hasState(directory)
        ? await readExisting(directory, options, {root, ...limits})
        : await makeState(directory, options, {root, ...limits})
      const running = isRunning(directory)
      const {folder, control} = siblingPaths(state.socketPath)
      ensurePrivate(path.dirname(folder))
      ensurePrivate(folder)
      writeWrapper(directory, state, control)
      if (!running) await ensureCertificates(directory, state)
      await launchDaemon(directory, control, limits)
      const apiAnswers = await waitForApi(directory, state, limits)
      return makeHandle(directory, state, {started: !running, apiAnswers})
    },
    limits,
  )
}

interface Limits {
  readonly root: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

async function readExisting(directory: string, options: SandboxOptions, limits: Limits): Promise<SandboxState> {
  ensurePrivate(directory)
  const store = openState(directory)
  const {state} = store
  for (const key of ['vicVersion', 'vicMachineVersion'] as const) {
    const wanted = options[key]
    if (wanted === undefined || wanted === state[key]) continue
    throw new VicnfsError(
      'VN-SANDBOX-DIFFERENT',
      `The sandbox ${state.name} exists with ${PRODUCTS[key]} ${state[key]}, not ${wanted}.`,
      {
        tries: [`vicnfs sandbox start ${state.name}-${wanted} --vic-version ${wanted}`],
      },
    )
  }
  checkSecurity(state, options.security)
  const entry = {directory, networks: subnetsOf(state)}
  await changeRegistry(
    limits.root,
    async (registry) => {
      register(registry, entry)
      // A running one is bound to its port, and a server that outlived its sandbox is, too.
      if (someProcessRuns(directory)) registry.portmapPort ??= state.portmapPort
      else await movePorts(store, registry)
    },
    limits,
  )
  return state
}

function someProcessRuns(directory: string): boolean {
  return markedProcesses(directory).length > 0
}

function checkSecurity(state: SandboxState, wanted: DockerSecurity | undefined): void {
  const security = state.listener?.security
  if (wanted === undefined || wanted === security) return
  const is = security === undefined ? 'with its Docker API on a unix socket' : `as with vic-machine's --${security}`
  throw new VicnfsError('VN-SANDBOX-DIFFERENT', `The sandbox ${state.name} exists ${is}, not as with --${wanted}.`, {
    tries: [`vicnfs sandbox stop ${state.name} --remove`],
  })
}

async function movePorts(store: StateStore, registry: Registry): Promise<void> {
  const {portmapPort, publicAddress, listener} = store.state
  if (listener !== undefined) {
    const moved = {...listener, port: await keepDockerPort(publicAddress, listener)}
    if (moved.port !== listener.port) store.update((state) => void Object.assign(state, {listener: moved}))
  }
  const port = await keepPortmapPort(registry, publicAddress, portmapPort)
  if (port !== portmapPort) store.update((state) => void Object.assign(state, {portmapPort: port}))
}

function makeState(directory: string, options: SandboxOptions, limits: Limits): Promise<SandboxState> {
  const {vicVersion = DEFAULT_VERSION, networks = [], stores = ['datastore1/volumes:default'], knobs = {}} = options
  const vicMachineVersion = options.vicMachineVersion ?? (findRelease(vicVersion) ? vicVersion : DEFAULT_VERSION)
  checkVersions(vicVersion, vicMachineVersion)
  return changeRegistry(
    limits.root,
    async (registry) => {
      const subnets = freeNetworks(registry, networks.length)
      const address = publicAddressOf(subnets)
      const portmapPort = await choosePortmapPort(registry, address, options.portmapPort)
      const {security} = options
      const state = firstState({
        name: options.name ?? DEFAULT_SANDBOX_NAME,
        vicVersion,
        vicMachineVersion,
        subnets,
        networks,
        stores,
        knobs,
        socketPath: socketPaths(limits.root, directory).docker,
        portmapPort,
        ...(security && {listener: {security, port: await chooseDockerPort(address, security)}}),
      })
      ensurePrivate(directory)
      StateStore.create(directory, state)
      register(registry, {directory, networks: subnets})
      return state
    },
    limits,
  )
}

function checkVersions(vicVersion: string, vicMachineVersion: string): void {
  const known = `The vic-machine of the sandbox can be of release ${STAND_IN_VERSIONS.join(' or ')}.`
  // VIC 1.1 can be shown, not configured: its vic-machine has no configure (facts/vic-machine.md § 7).
  if (!findRelease(vicVersion) && !/^1\.1\.\d+$/.test(vicVersion)) {
    throw new VicnfsError('VN-SANDBOX-VERSION', `The sandbox cannot be of VIC release ${JSON.stringify(vicVersion)}.`, {
      reason: known,
    })
  }
  if (!findRelease(vicMachineVersion)) {
    throw new VicnfsError('VN-SANDBOX-VERSION', `The sandbox has no vic-machine of release ${vicMachineVersion}.`, {
      reason: known,
    })
  }
}
