import {expect} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {runbookVch, writeRunbook} from './runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from './sandbox-bench.js'
import {bootCount, changeKinds, readState} from './sandbox-sights.js'
import {watchCli, type WatchedEnd} from './watched-cli.js'

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
  /** Lines on stderr of a run that nobody killed. */
  lines: number
}

const APPLY_FLAGS = ['--yes', '--allow-self-hosted']

export async function openKillWorld(): Promise<KillWorld> {
  const bench = await openSandboxBench()
  const vch = await bench.start('one')
  return {bench, vch, env: bench.environment(vch), lines: 0}
}

/** Two shares of this round with a store each. */
function roundNames(round: number | string): string[] {
  return [`r${round}a`, `r${round}b`]
}

async function roundRunbook({bench, vch}: KillWorld, round: number | string): Promise<string> {
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
  round: number | string,
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

/**
 * Kills an apply with SIGKILL after a part of its lines, runs it again, and expects the one end state.
 * @param options.at part of the lines, 0 to 1; absent: it is not killed, and its lines are counted
 * @param options.again runs the second apply
 */
export async function killAndRunAgain(
  world: KillWorld,
  round: number | string,
  options: {readonly at?: number; readonly again: (argv: readonly string[]) => Promise<RunbookRecap>},
): Promise<{readonly killed: boolean}> {
  const {at, again} = options
  const {bench, vch, env} = world
  const before = {boots: await bootCount(vch), changes: await changeKinds(bench.directory)}
  const argv = ['runbook', 'apply', await roundRunbook(world, round), ...APPLY_FLAGS]
  const cli = watchCli(argv, env)
  if (at !== undefined) {
    const lines = Math.floor(at * world.lines)
    await cli.until(new RegExp(`^(?:[^\\n]*\\n){${lines}}`)).then(
      () => cli.signalGroup('SIGKILL'),
      // It said fewer lines than the last one, and has ended.
      () => undefined,
    )
  }
  const end: WatchedEnd = await cli.finished
  if (at === undefined) {
    world.lines = end.stderr.split('\n').length
    expect(end).toMatchObject({exitCode: 0})
  } else {
    const {counts} = await again(argv)
    expect(counts).toMatchObject({ok: 4, failed: 0, refused: 0, notReached: 0})
  }
  await expectConverged(world, round, before)
  return {killed: end.signal === 'SIGKILL'}
}
