import {expect} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {runbookVch, writeRunbook} from './runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from './sandbox-bench.js'
import {bootCount, changeKinds, readState} from './sandbox-sights.js'
import {watchCli} from './watched-cli.js'

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One VCH, and a new runbook of two shares in each round. */
export interface KillWorld {
  readonly bench: SandboxBench
  readonly vch: SandboxHandle
  readonly env: Environment
}

const APPLY_FLAGS = ['--yes', '--allow-self-hosted']

export async function openKillWorld(): Promise<KillWorld> {
  const bench = await openSandboxBench()
  const vch = await bench.start('one')
  return {bench, vch, env: bench.environment(vch)}
}

/** Two shares of this round with a store each. */
function roundNames(round: number): string[] {
  return [`r${round}a`, `r${round}b`]
}

async function roundRunbook({bench, vch}: KillWorld, round: number): Promise<string> {
  const shares = roundNames(round).map((name) => {
    const store = {label: `${name}-store`, vch: 'one'}
    return [name, {vch: 'one', create: true, network: 'storage-net', store}]
  })
  const content = {vchs: {one: runbookVch(vch)}, shares: Object.fromEntries(shares) as Record<string, unknown>}
  return writeRunbook(bench.directory, content, `round-${round}.yaml`)
}

/** The one end state: made once, served once, registered once, by one configure and one power-cycle. */
async function expectConverged(
  {bench, vch}: KillWorld,
  round: number,
  before: {readonly boots: number; readonly changes: readonly string[]},
): Promise<void> {
  const state = await readState(vch)
  const names = roundNames(round)
  const ofRound = (all: readonly string[]): string[] => all.filter((name) => name.includes(`r${round}`)).sort()
  expect(ofRound(state.volumes.map(({name}) => name))).toEqual(names)
  const running = state.containers.map(({name, power}) => `${name} ${power}`)
  expect(ofRound(running)).toEqual(names.map((name) => `vicnfs-${name} running`))
  expect(ofRound(state.guestInfo.stores.map(({label}) => label))).toEqual(names.map((name) => `${name}-store`))
  expect(state.guestInfo.updateInProgress ?? false).toBe(false)
  expect((await changeKinds(bench.directory)).slice(before.changes.length)).toEqual(['configure'])
  expect(await bootCount(vch)).toBe(before.boots + 1)
}

/** Where an apply is killed: after so many of its lines, or as soon as it says something. */
export type Instant = number | RegExp

/** Runs an apply and kills it with SIGKILL. @returns whether it was still there to be killed */
async function killOne(argv: readonly string[], env: Environment, at: Instant): Promise<boolean> {
  const cli = watchCli(argv, env)
  await cli.until(typeof at === 'number' ? new RegExp(`^(?:[^\\n]*\\n){${at}}`) : at).then(
    () => cli.signalGroup('SIGKILL'),
    // It said less than that, and has ended.
    () => undefined,
  )
  return (await cli.finished).signal === 'SIGKILL'
}

/** How many lines an apply says that nobody kills; done once in each world. */
export async function countLines(world: KillWorld): Promise<number> {
  const {bench, vch, env} = world
  const before = {boots: await bootCount(vch), changes: await changeKinds(bench.directory)}
  const {stderr, exitCode} = await watchCli(await applyArgv(world, 0), env).finished
  expect({exitCode, stderr}).toMatchObject({exitCode: 0})
  await expectConverged(world, 0, before)
  return stderr.split('\n').length
}

const applyArgv = async (world: KillWorld, round: number): Promise<string[]> => [
  'runbook',
  'apply',
  await roundRunbook(world, round),
  ...APPLY_FLAGS,
]

/**
 * Kills an apply, and the one after it, and so on; then lets one run to its end, and expects the one end state.
 * @param options.instants one for each apply that is to be killed
 * @param options.again runs the last apply
 * @returns how many were still there to be killed
 */
export async function killAndRunAgain(
  world: KillWorld,
  round: number,
  options: {
    readonly instants: readonly Instant[]
    readonly again: (argv: readonly string[]) => Promise<RunbookRecap>
  },
): Promise<number> {
  const {instants, again} = options
  const {bench, vch, env} = world
  const before = {boots: await bootCount(vch), changes: await changeKinds(bench.directory)}
  const argv = await applyArgv(world, round)
  let killed = 0
  for (const at of instants) if (await killOne(argv, env, at)) killed += 1
  const {counts} = await again(argv)
  expect(counts).toMatchObject({ok: 4, failed: 0, refused: 0, notReached: 0})
  await expectConverged(world, round, before)
  return killed
}
