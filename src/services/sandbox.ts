import {runWork, type Work} from '../engine/work.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {ExtraNetwork} from '../sandbox/lifecycle/first-state.js'
import type {SandboxHandle} from '../sandbox/lifecycle/handle.js'
import type {ServiceOptions} from './adapters.js'

/** Environment that makes a shell talk to a sandbox; its password is no secret (DESIGN § 7). */
export interface StartedSandbox {
  readonly name: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

/** TLS with client certificates, TLS without them, plain HTTP. */
export type SandboxTls = 'verify' | 'noverify' | 'none'

export interface SandboxWish {
  readonly name: string
  readonly vicVersion: string
  /** Further networks of a new sandbox, `NAME=TRUST` or `NAME=TRUST,dhcp`. */
  readonly networks: readonly string[]
  /** Stands in for the folder of the environment. */
  readonly stateDirectory?: string
  /** Its Docker API on TCP instead of the private unix socket. */
  readonly tls?: SandboxTls
}

export interface StartOptions extends SandboxWish {
  /** `consumer`: the settings of a consumer VCH beside a server VCH; `runbook`: under the name of the sandbox. */
  readonly role: 'both' | 'consumer' | 'runbook'
}

const SECURITY = {verify: 'tlsverify', noverify: 'no-tlsverify', none: 'no-tls'} as const
const START_TIMEOUT_MS = 30_000
const OPEN_TO_ALL =
  'Every user of this machine can run commands as you through this sandbox: it asks for no client certificate.'
const DHCP_DELAY_MS = 300
const TRUST_LEVELS = ['published', 'open', 'outbound', 'closed', 'peers'] as const

/** Reads `NAME=TRUST[,dhcp]`. @throws VN-SETTING-BAD */
export function parseNetwork(text: string): ExtraNetwork {
  const match = /^([a-zA-Z0-9][a-zA-Z0-9_.-]*)=([a-z]+)(,dhcp)?$/.exec(text)
  const trust = TRUST_LEVELS.find((level) => level === match?.[2])
  const name = match?.[1]
  if (name === undefined || trust === undefined) {
    throw new VicnfsError('VN-SETTING-BAD', `"${text}" is no network of a sandbox.`, {
      reason: `It has to be NAME=TRUST or NAME=TRUST,dhcp, where TRUST is one of ${TRUST_LEVELS.join(', ')}.`,
      tries: ['vicnfs sandbox start --network lan=published,dhcp'],
    })
  }
  return {name, trust, ...(match?.[3] === undefined ? {} : {dhcp: {delayMs: DHCP_DELAY_MS}})}
}

/** Starts a sandbox as one step of a larger work. */
export async function startSandboxStep(wish: SandboxWish, work: Work): Promise<SandboxHandle> {
  const networks = wish.networks.map(parseNetwork)
  return work.step(`sandbox-${wish.name}`, `Start the sandbox "${wish.name}"`, async (step) => {
    const {startSandbox} = await import('../sandbox/lifecycle/start-sandbox.js')
    const {tls, ...rest} = wish
    const options = {...rest, networks, ...(tls === undefined ? {} : {security: SECURITY[tls]})}
    const handle = await startSandbox(options, {signal: step.signal, timeoutMs: START_TIMEOUT_MS})
    const what = `an emulated VCH of VIC ${handle.vicVersion}${handle.apiAnswers ? '' : ', which boots in circles'}`
    if (handle.started) step.note(what)
    else step.unchanged(`${what}, running`)
    if (handle.openToAll) work.note('warning', OPEN_TO_ALL)
    return handle
  })
}

/** Stops a sandbox as one step of a larger work. */
export async function stopSandboxStep(wish: Pick<SandboxWish, 'name' | 'stateDirectory'>, work: Work): Promise<void> {
  await work.step('sandbox-stop', `Stop the sandbox "${wish.name}"`, async (step) => {
    const {stopSandbox} = await import('../sandbox/lifecycle/stop-sandbox.js')
    const where = wish.stateDirectory === undefined ? {} : {stateDirectory: wish.stateDirectory}
    await stopSandbox(wish.name, {...where, removeState: true, signal: step.signal})
    step.note('no process is left')
  })
}

/** Starts a sandbox in the background, or finds it running. */
export async function startSandboxService(
  options: StartOptions,
  serviceOptions: ServiceOptions,
): Promise<StartedSandbox> {
  return runWork(async (work) => {
    const {role, ...wish} = options
    const handle = await startSandboxStep(wish, work)
    return {name: handle.name, directory: handle.directory, environment: handle.environment(role)}
  }, serviceOptions)
}

export interface StoppedSandbox {
  readonly name: string
  readonly outcome: 'stopped' | 'was-stopped' | 'absent'
  readonly removed: boolean
}

/** Stops a sandbox and everything that it started; stopping a stopped one does nothing. */
export async function stopSandboxService(
  options: {readonly name: string; readonly remove: boolean},
  serviceOptions: ServiceOptions,
): Promise<StoppedSandbox> {
  const {stopSandbox} = await import('../sandbox/lifecycle/stop-sandbox.js')
  const signal = serviceOptions.signal === undefined ? {} : {signal: serviceOptions.signal}
  return stopSandbox(options.name, {removeState: options.remove, ...signal})
}

export interface SandboxRow {
  readonly name: string
  readonly condition: 'running' | 'stopped' | 'killed' | 'damaged' | 'absent'
  readonly directory: string
  readonly vicVersion?: string
  readonly vch?: Readonly<Record<string, unknown>>
}

/** What sandboxes this user has, or how the named one is. */
export async function listSandboxesService(
  options: {readonly name?: string},
  serviceOptions: ServiceOptions,
): Promise<readonly SandboxRow[]> {
  const {sandboxStatus} = await import('../sandbox/lifecycle/sandbox-status.js')
  const signal = serviceOptions.signal === undefined ? {} : {signal: serviceOptions.signal}
  const rows = await sandboxStatus(options.name === undefined ? [] : [options.name], signal)
  return rows.map(({name, condition, directory, handle, live}) => ({
    name,
    condition,
    directory,
    ...(handle === undefined ? {} : {vicVersion: handle.vicVersion}),
    ...(live === undefined ? {} : {vch: {...live}}),
  }))
}
