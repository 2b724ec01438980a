import {expect} from '@jest/globals'
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'

import ExposeVolume from '../../commands/expose-volume.js'
import Preflight from '../../commands/preflight.js'
import RegisterStore from '../../commands/register-store.js'
import Teardown from '../../commands/teardown.js'
import Verify from '../../commands/verify.js'
// jest does not bear two dynamic imports of one module at a time, as connecting does them: here they are loaded before.
import 'dockerode'
import 'execa'
import '../../src/vch/connect.js'
import '../../src/vch/endpoint/resolve-endpoint.js'
import '../../src/vch/endpoint/same-endpoint.js'
import '../../src/vic-machine/change-run.js'
import '../../src/vic-machine/vic-machine.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {SandboxState} from '../../src/sandbox/state/sandbox-state.js'
import type {CliResult} from './cli.js'
import type {Environment, SandboxBench} from './sandbox-bench.js'
import {docker} from './stand-in-world.js'

/** An error as `--json` prints it. */
export interface ReportedError {
  readonly code: string
  readonly message: string
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
  readonly details: Readonly<Record<string, unknown>>
}

export interface Refusal {
  readonly argv: readonly string[]
  readonly env: Environment
  readonly code: string
  readonly exitCode: number
  /** Words that the sentence or its reason must contain. */
  readonly says: RegExp
}

const stateOf = ({directory}: SandboxHandle): SandboxState =>
  JSON.parse(readFileSync(path.join(directory, 'state.json'), 'utf8')) as SandboxState

/** A refusal of the last moment takes the record off the share again; both are in the journal, and rightly so. */
function withoutRecords(journal: string): string {
  return journal
    .split('\n')
    .filter((line) => !/"action":"record-(write|remove)"/.test(line))
    .join('\n')
}

/** Everything that a refused command must leave as it was: what the VCH has, and what the journal says. */
export function worldOf(bench: SandboxBench, vchs: readonly SandboxHandle[]): unknown {
  const journal = path.join(bench.directory, 'journal.jsonl')
  return {
    journal: existsSync(journal) ? withoutRecords(readFileSync(journal, 'utf8')) : '',
    vchs: vchs.map((vch) => {
      const {volumes, containers, guestInfo, snapshots, power} = stateOf(vch)
      return {
        power,
        volumes: volumes.map(({name, store}) => `${name} on ${store}`).sort(),
        containers: containers.map(({id, name, power: state, pid}) => ({id, name, state, pid})),
        stores: guestInfo.stores.map((store) => store.argument).sort(),
        updateInProgress: guestInfo.updateInProgress === true,
        snapshots: snapshots.map((snapshot) => snapshot.name),
      }
    }),
  }
}

/** Runs a command that must be refused, and sees to it that its error is the right one, reads well and changed nothing. */
export async function expectRefused(
  bench: SandboxBench,
  vchs: readonly SandboxHandle[],
  refusal: Refusal,
): Promise<ReportedError> {
  const before = worldOf(bench, vchs)
  const result = await bench.run([...refusal.argv, '--json'], refusal.env)
  const error = errorOf(result)
  expect({code: error.code, exitCode: result.exitCode, said: error.message}).toEqual({
    code: refusal.code,
    exitCode: refusal.exitCode,
    said: expect.any(String),
  })
  expect(`${error.message} ${error.reason}`).toMatch(refusal.says)
  expectReadable(error)
  expect(worldOf(bench, vchs)).toEqual(before)
  return error
}

export function errorOf(result: CliResult): ReportedError {
  const document = result.json as {ok: boolean; error?: ReportedError}
  if (document.ok || document.error === undefined) throw new Error(`not refused: ${result.stdout}`)
  return document.error
}

const NO_SENTENCE = /undefined|\[object|NaN|\n| {2}|\.\.$|,\.|: \./

/** One sentence with a full stop, a cause, and at most two commands that can be typed as they stand. */
export function expectReadable(error: ReportedError): void {
  expect(error.message).toMatch(/^(?:["/A-Z\d]|uid |vic-machine |vCenter |[a-z]+:\/\/).*\.$/s)
  expect(error.message).not.toMatch(NO_SENTENCE)
  expect(error.message).not.toMatch(/[.!?] [A-Z]/)
  expect(error.message.length).toBeLessThan(300)
  // A list of consequences has no full stop.
  if (!error.reason.includes('\n')) expect(error.reason).toMatch(/\.$/)
  expect(error.reason).not.toMatch(/undefined|\[object|NaN/)
  expect(error.tries.length).toBeLessThanOrEqual(2)
  for (const command of error.tries) expect({command, wrong: whatIsWrong(command)}).toEqual({command, wrong: ''})
}

const COMMANDS: Readonly<Record<string, {readonly flags: object; readonly baseFlags: object}>> = {
  'expose-volume': ExposeVolume,
  'register-store': RegisterStore,
  preflight: Preflight,
  teardown: Teardown,
  verify: Verify,
}
const OTHER_PROGRAMS = new Set(['docker', 'export', 'read', 'chmod', 'vic-machine-linux'])

/** Why a command to try could not be typed as it stands; empty when it could. */
function whatIsWrong(text: string): string {
  const [program = '', name = '', ...words] = text.split(/\s+/)
  if (program !== 'vicnfs') return OTHER_PROGRAMS.has(program) ? '' : `it begins with ${program}`
  const command = COMMANDS[name]
  if (command === undefined) return `there is no command ${name}`
  const known = new Set(['json', ...Object.keys({...command.baseFlags, ...command.flags})])
  const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.slice(2).replace(/=.*/, ''))
  const unknown = flags.filter((flag) => !known.has(flag))
  return unknown.length === 0 ? '' : `${name} has no ${unknown.join(' ')}`
}

/** A volume on the default store, made past vicnfs. */
export async function makeVolume(vch: SandboxHandle, name: string, store = 'default'): Promise<void> {
  const body = {Name: name, Driver: 'vsphere', DriverOpts: {VolumeStore: store}}
  expect(await docker(vch, 'POST', '/volumes/create', body)).toMatchObject({status: 201})
}

/** A container of somebody else on a volume. */
export async function runContainer(
  vch: SandboxHandle,
  options: {readonly name: string; readonly volume: string; readonly command?: readonly string[]},
): Promise<{readonly status: number; readonly json: unknown}> {
  const {name, volume, command = ['sleep', '600']} = options
  const body = {Image: 'busybox:latest', Cmd: command, WorkingDir: '/data', HostConfig: {Binds: [`${volume}:/data`]}}
  expect(await docker(vch, 'POST', `/containers/create?name=${name}`, body)).toMatchObject({status: 201})
  return docker(vch, 'POST', `/containers/${name}/start`)
}

export async function removeContainer(vch: SandboxHandle, name: string): Promise<void> {
  expect(await docker(vch, 'DELETE', `/containers/${name}?force=1`)).toMatchObject({status: 204})
}

/** `result` of a command that has to succeed. */
export async function runOk<T = Record<string, unknown>>(
  bench: SandboxBench,
  argv: readonly string[],
  env: Environment,
): Promise<T> {
  const outcome = await bench.run([...argv, '--json'], env)
  const document = outcome.json as {ok: boolean; result: T; error?: unknown}
  expect({ok: document.ok, exitCode: outcome.exitCode, error: document.error}).toEqual({
    ok: true,
    exitCode: 0,
    error: undefined,
  })
  return document.result
}
