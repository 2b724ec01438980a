import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {runWork} from '../engine/work.js'
import {stateDirectory} from '../journal/state-directory.js'
import {SERVER_IMAGE} from '../model/server-image.js'
import {DEFAULT_LOCKD_PORT, DEFAULT_MOUNTD_PORT, type ShareRequest} from '../model/share.js'
import {traitsOf} from '../model/vic-version.js'
import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'
import type {SandboxHandle} from '../sandbox/lifecycle/handle.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {connectAdapters} from './connect.js'
import {exposeVolume} from './expose-volume.js'
import {listSandboxesService, startSandboxStep, stopSandboxStep} from './sandbox.js'
import {teardownShare, type TeardownResult} from './teardown-share.js'
import type {Proof} from './verification/prove-store.js'

const NAME = 'demo'
const VOLUME = 'nfs-vol'
const LABEL = 'nfs-store'
const CAPACITY_MB = 1024
const LIMITS = {readyTimeoutMs: 30_000, vicMachineTimeoutMs: 60_000, vchTimeoutMs: 30_000, stepTimeoutMs: 5000}

export interface DemoOptions {
  readonly vicVersion: string
  /** Leaves the sandbox running with the share registered. */
  readonly keep: boolean
}

export interface DemoResult {
  readonly url: string
  readonly proof: Proof
  /** What became of the share; undefined when it was left registered. */
  readonly teardown?: TeardownResult
  /** What is there at the end, in words. */
  readonly kept: readonly string[]
  /** Settings of the sandbox when it was left running. */
  readonly environment?: Readonly<Record<string, string>>
}

type DemoTools = ServiceOptions & {
  readonly signal: AbortSignal
  readonly environment: Readonly<Record<string, string | undefined>>
}

const REQUEST: ShareRequest = {
  name: VOLUME,
  scratch: false,
  image: SERVER_IMAGE,
  network: 'storage-net',
  address: null,
  exportFolder: `/exports/${VOLUME}`,
  mountdPort: DEFAULT_MOUNTD_PORT,
  lockdPort: DEFAULT_LOCKD_PORT,
  exportOptions: null,
  allow: [],
  squash: 'no_root_squash',
  uid: 0,
  gid: 0,
  securePorts: false,
}

/** Connects to the sandbox and nothing else: settings of the operator's own VCHs must not leak into the demo. */
async function connectDemo(sandbox: SandboxHandle, directory: string, tools: DemoTools): Promise<Adapters> {
  const settings = sandbox.environment('both')
  const {HOME, PATH} = tools.environment
  const environment = {HOME, PATH, ...settings, VICNFS_STATE_DIR: directory}
  const vicMachine = {
    path: settings['VICNFS_VIC_MACHINE'] ?? '',
    target: settings['VIC_MACHINE_TARGET'] ?? '',
    user: settings['VIC_MACHINE_USER'] ?? '',
    thumbprint: settings['VIC_MACHINE_THUMBPRINT'] ?? '',
    vchName: settings['VICNFS_VCH'] ?? '',
  }
  return connectAdapters(
    {server: {}, consumer: {}, vicMachine, limits: LIMITS},
    {environment, signal: tools.signal, confirm: () => Promise.resolve(), askSecret: () => Promise.resolve(undefined)},
  )
}

async function runWorkflow(options: DemoOptions, adapters: Adapters, tools: DemoTools): Promise<DemoResult> {
  const consents = {
    allowSelfHosted: true,
    addressReserved: false,
    adoptStore: false,
    resetProgress: false,
    noRollback: false,
  }
  const tell = (text: string): void => tools.onEvent?.({type: 'note', level: 'info', text})
  const volume = {name: VOLUME, create: true, capacityMb: CAPACITY_MB}
  tell(`A VMDK volume attaches to one container at a time. This makes "${VOLUME}" shared read-write storage:`)
  const exposed = await exposeVolume({request: REQUEST, volume, register: {label: LABEL, consents}}, adapters, tools)
  const {proof} = exposed
  if (proof === undefined) throw new Error('a new sandbox cannot have the store already')
  const {url} = exposed.share
  const registered = [
    `the volume "${VOLUME}" with its data`,
    `the server container at ${url}`,
    `the volume store "${LABEL}"`,
  ]
  if (options.keep) return {url, proof, kept: registered}
  if (!traitsOf(options.vicVersion).rollback) {
    const why = `VIC ${options.vicVersion} cannot un-register a store, so nothing was taken down before the sandbox ended`
    return {url, proof, kept: [why]}
  }
  tell(`Now the other way: un-register "${LABEL}", remove the server container, keep the volume and its data.`)
  const teardown = await teardownShare({target: {volume: VOLUME}, consents, deleteVolume: false}, adapters, tools)
  return {url, proof, teardown, kept: [`the volume "${VOLUME}" with its data, until the sandbox ended`]}
}

/** What goes on after an interruption elsewhere ends here with the sandbox, vic-machine included. */
function asEndOfDemo(error: unknown): unknown {
  if (!isVicnfsError(error) || error.code !== 'VN-CHANGE-RUNNING') return error
  return new VicnfsError('VN-INTERRUPTED', 'The demo was interrupted in the middle of configure.', {
    reason: 'Its sandbox was stopped and removed with everything in it; on a real VCH vic-machine would have gone on.',
    tries: ['vicnfs demo'],
    exitCode: error.exitCode,
  })
}

/** The sandbox is kept, so vic-machine goes on in it; but the demo itself begins anew each time. */
function asEndOfKept(error: unknown): unknown {
  if (!isVicnfsError(error) || error.code !== 'VN-CHANGE-RUNNING') return error
  const {message, reason, details, exitCode} = error
  const again = ['vicnfs', 'expose-volume', VOLUME, '--register', LABEL, '--allow-self-hosted', '--yes'].join(' ')
  return new VicnfsError('VN-CHANGE-RUNNING', message, {
    reason,
    details,
    exitCode,
    tries: [`eval "$(vicnfs sandbox start ${NAME})"`, again],
  })
}

/** Leaves the sandbox among the others of this user. @throws VN-SANDBOX-EXISTS when the last one is still there */
async function runKept(options: DemoOptions, tools: DemoTools): Promise<DemoResult> {
  const {vicVersion} = options
  const [last] = await listSandboxesService({name: NAME}, tools)
  if (last !== undefined && last.condition !== 'absent') {
    throw new VicnfsError('VN-SANDBOX-EXISTS', `The sandbox "${NAME}" of an earlier demo is still there.`, {
      reason: 'The demo shows the whole workflow, so it begins with a new one.',
      tries: [`vicnfs sandbox stop ${NAME} --remove`, `eval "$(vicnfs sandbox start ${NAME})"`],
    })
  }
  const sandbox = await runWork((work) => startSandboxStep({name: NAME, vicVersion, networks: []}, work), tools)
  const adapters = await connectDemo(sandbox, stateDirectory(tools.environment), tools)
  try {
    return {...(await runWorkflow(options, adapters, tools)), environment: sandbox.environment('both')}
  } catch (error) {
    throw asEndOfKept(error)
  }
}

/** The main job from end to end on a sandbox of its own, which is stopped and removed at the end unless it is kept. */
export async function runDemo(options: DemoOptions, tools: DemoTools): Promise<DemoResult> {
  if (options.keep) return runKept(options, tools)
  const directory = await mkdtemp(path.join(tmpdir(), 'vicnfs-demo-'))
  const sandboxOptions = {name: NAME, vicVersion: options.vicVersion, networks: [], stateDirectory: directory}
  let sandbox: SandboxHandle | undefined
  try {
    sandbox = await runWork((work) => startSandboxStep(sandboxOptions, work), tools)
    return await runWorkflow(options, await connectDemo(sandbox, directory, tools), tools)
  } catch (error) {
    throw asEndOfDemo(error)
  } finally {
    // Also after Ctrl-C: a demo leaves no process and no file behind.
    if (sandbox !== undefined)
      await runWork((work) => stopSandboxStep(sandboxOptions, work), {...tools, signal: AbortSignal.timeout(30_000)})
    await rm(directory, {recursive: true, force: true})
  }
}
