import type {Work} from '../engine/work.js'
import {runWork} from '../engine/work.js'
import type {SandboxHandle} from '../sandbox/lifecycle/start-sandbox.js'
import type {ServiceOptions} from './adapters.js'

/** Environment that makes a shell talk to a sandbox; its password is no secret (DESIGN § 7). */
export interface StartedSandbox {
  readonly name: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

export interface StartOptions {
  readonly name: string
  readonly vicVersion: string
  /** `consumer`: the settings of a consumer VCH beside a server VCH. */
  readonly role: 'both' | 'consumer'
  /** Further networks, `NAME=TRUST` or `NAME=TRUST,dhcp`. */
  readonly networks: readonly string[]
}

const START_TIMEOUT_MS = 30_000

/** Starts a sandbox as one step of a larger work. */
export async function startSandboxStep(options: Omit<StartOptions, 'role'>, work: Work): Promise<SandboxHandle> {
  return work.step(`sandbox-${options.name}`, `Start the sandbox "${options.name}"`, async (step) => {
    const {startSandbox} = await import('../sandbox/lifecycle/start-sandbox.js')
    const {parseNetworkWish} = await import('../sandbox/lifecycle/network-wish.js')
    const handle = await startSandbox(
      {name: options.name, vicVersion: options.vicVersion, networks: options.networks.map(parseNetworkWish)},
      {signal: step.signal, timeoutMs: START_TIMEOUT_MS},
    )
    step.note(`an emulated VCH of VIC ${options.vicVersion}`)
    return handle
  })
}

/** Starts a sandbox in the background, or finds it running. */
export async function startSandboxService(options: StartOptions, serviceOptions: ServiceOptions): Promise<StartedSandbox> {
  return runWork(async (work) => {
    const handle = await startSandboxStep(options, work)
    return {name: handle.name, directory: handle.directory, environment: handle.environment(options.role)}
  }, serviceOptions)
}
