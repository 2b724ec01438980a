import {rm} from 'node:fs/promises'

import {startSandbox, type SandboxOptions} from '../../src/sandbox/lifecycle/start-sandbox.js'
import {stopSandbox} from '../../src/sandbox/lifecycle/stop-sandbox.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {connectControl} from '../../src/sandbox/vcenter/control-client.js'
import {runCli, startCli, type CliResult, type RunningCli} from './cli.js'
import {makeTempDirectory} from './temp-directory.js'

/** Small waits: what a VCH does in minutes a test's sandbox does in fractions of a second. */
export const FAST_KNOBS = {
  bootDelayMs: 150,
  bootRetryMs: 100,
  containerStartDelayMs: 10,
  containerStopDelayMs: 10,
  mountFailureDelayMs: 200,
  guestShutdownMs: 20,
} as const

/** Variables of the surrounding shell that must not reach the command under test. */
const CLEARED = {
  DOCKER_HOST: undefined,
  DOCKER_CONTEXT: undefined,
  DOCKER_CERT_PATH: undefined,
  DOCKER_TLS: undefined,
  DOCKER_TLS_VERIFY: undefined,
  VICNFS_CONSUMER_HOST: undefined,
  VICNFS_CONSUMER_CERT_PATH: undefined,
  VICNFS_CONSUMER_NO_TLSVERIFY: undefined,
  VICNFS_VCH: undefined,
  VICNFS_PORTMAP_PORT: undefined,
} as const

export type Environment = Readonly<Record<string, string | undefined>>

/** Sandboxes of one test file in a folder of their own, with the CLI pointed at them. */
export interface SandboxBench {
  readonly directory: string
  start(name: string, options?: Omit<SandboxOptions, 'name' | 'stateDirectory'>): Promise<SandboxHandle>
  /** Settings for one VCH that is server and consumer, or for two. */
  environment(server: SandboxHandle, consumer?: SandboxHandle): Environment
  /** Runs the CLI in this process, which is much cheaper than a process each. */
  run(argv: readonly string[], env: Environment): Promise<CliResult>
  /** Starts the CLI from dist as a process. */
  begin(argv: readonly string[], env: Environment): RunningCli
  control(handle: SandboxHandle): ReturnType<typeof connectControl>
  close(): Promise<void>
}

let turn: Promise<unknown> = Promise.resolve()

/** One at a time, since a process has one environment. */
function runInTurn(argv: readonly string[], env: Environment): Promise<CliResult> {
  const result = turn.then(() => runCli(argv, {env}))
  turn = result.catch(() => undefined)
  return result
}

export async function openSandboxBench(): Promise<SandboxBench> {
  const directory = await makeTempDirectory()
  const names = new Set<string>()
  const controls: {close(): void}[] = []
  const withState = (env: Environment): Environment => ({...CLEARED, VICNFS_STATE_DIR: directory, ...env})
  return {
    directory,
    start(name, options = {}) {
      names.add(name)
      const {knobs, ...rest} = options
      return startSandbox({...rest, name, stateDirectory: directory, knobs: {...FAST_KNOBS, ...knobs}})
    },
    environment(server, consumer) {
      const own = server.environment('both')
      return withState(consumer === undefined ? own : {...own, ...consumer.environment('consumer')})
    },
    run: (argv, env) => runInTurn(argv, withState(env)),
    begin: (argv, env) => startCli(argv, {env: withState(env)}),
    async control(handle) {
      const control = await connectControl(handle.controlPath)
      controls.push(control)
      return control
    },
    async close() {
      for (const control of controls) control.close()
      for (const name of names) await stopSandbox(name, {stateDirectory: directory, removeState: true})
      await rm(directory, {recursive: true, force: true})
    },
  }
}
