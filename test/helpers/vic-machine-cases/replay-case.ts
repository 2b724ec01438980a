import type {VolumeStore} from '../../../src/model/volume-store.js'
import {startDeadline, type Deadline} from '../../../src/sandbox/vic-machine/deadline.js'
import type {Surroundings} from '../../../src/sandbox/vic-machine/invocation.js'
import {
  startStandIn,
  STANDARD_ENVIRONMENT,
  type Call,
  type CallOptions,
} from '../../unit/sandbox/vic-machine/call-stand-in.js'
import {PASSWORD, type FakeWorld} from '../../unit/sandbox/vic-machine/fake-vcenter.js'
import {worldBefore} from './case-world.js'
import {shellWords, type VicMachineCase} from './cases.js'
import type {RecordedState} from './recording.js'

/** How the stand-in went through a case. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number | string
  readonly files: Readonly<Record<string, {readonly empty: boolean}>>
  readonly after: RecordedState | undefined
}

/** So many questions without an answer, then the time is over: no clock decides. */
const PATIENCE = 3
/** Shorter limits are over before the login, and run by themselves. */
const SHORT_LIMIT_MS = 1000

/** Runs the stand-in through one case of the table, in this process. */
export async function replayCase(row: VicMachineCase): Promise<Outcome> {
  const limits: Deadline[] = []
  let kill = (): void => undefined
  const killed = new Promise<'killed'>((resolve) => (kill = () => resolve('killed')))
  const isKilled = typeof row.exit === 'string'
  const world = worldBefore(row, (count) => {
    if (count < PATIENCE) return
    if (isKilled) kill()
    else for (const limit of limits) limit.expire()
  })
  const limit: Surroundings['limit'] = (timeoutMs, {unlimited = false} = {}) => {
    const deadline = startDeadline(timeoutMs, {unlimited: unlimited || timeoutMs >= SHORT_LIMIT_MS})
    if (!unlimited) limits.push(deadline)
    return deadline
  }
  const call = startStandIn(world, wordsOf(row), {...optionsOf(row), limit})
  const ended = await Promise.race([call.ended, killed])
  const outcome = outcomeOf(call, world, ended === 'killed' ? row.exit : ended.exitCode)
  // A killed run is held at its end, where nothing of it is looked at any more.
  if (ended === 'killed') for (const one of limits) one.expire()
  await call.ended
  return outcome
}

/** The words after the program's name, with the password in place of its mark. */
export function wordsOf(row: Pick<VicMachineCase, 'argv'>): string[] {
  return shellWords(row.argv).map((word) =>
    word.replace('<password>', word.includes('@') ? encodeURIComponent(PASSWORD) : PASSWORD),
  )
}

export function optionsOf(row: VicMachineCase): CallOptions {
  const environment = Object.entries(row.environment ?? STANDARD_ENVIRONMENT)
  return {
    version: row.release ?? '1.5.8',
    environment: Object.fromEntries(environment.map(([key, value]) => [key, value.replace('<password>', PASSWORD)])),
    terminal: row.terminal !== undefined,
    readOnly: row.folder === 'read-only',
    dial: async (host, port) =>
      `${host}:${port}` === '127.0.0.1:8990' ? 'http: server gave HTTP response to HTTPS client' : undefined,
    ...(row.stdin === 'terminal' && {readPassword: async () => PASSWORD}),
  }
}

export function outcomeOf(call: Call, world: FakeWorld, exit: number | string): Outcome {
  const {stdout, stderr, files} = call.said()
  return {
    stdout,
    stderr,
    exit,
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, {empty: text === ''}])),
    after: stateAfter(world),
  }
}

function stateAfter(world: FakeWorld): RecordedState | undefined {
  const vch = world.vms.find((vm) => vm.isVch)
  if (vch === undefined) return undefined
  return {
    power: vch.power,
    flag: vch.guestInfo.updateInProgress,
    snapshots: vch.snapshots.length,
    stores: storesOf(vch.guestInfo.stores),
  }
}

/** Stores as a recording shows them. */
export function storesOf(stores: readonly VolumeStore[]): string[] {
  return stores.map(({label, scheme, host, path, query}) => [label, scheme, host, path, query].join(' | ')).sort()
}
