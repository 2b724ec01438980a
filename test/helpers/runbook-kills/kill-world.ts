import {readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {expect} from '@jest/globals'

import type {SandboxHandle} from '../../../src/sandbox/lifecycle/handle.js'
import {SANDBOX_PASSWORD, SANDBOX_USER} from '../../../src/sandbox/state/sandbox-state.js'
import type {ControlClient} from '../../../src/sandbox/vcenter/control-api.js'
import type {RunbookRecap} from '../../../src/services/runbook/recap.js'
import {runOk} from '../refusals-world.js'
import {runbookVch, writeRunbook} from '../runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../sandbox-bench.js'
import {bootCount, untilStatus} from '../sandbox-sights.js'
import {docker} from '../stand-in-world.js'
import {watchCli, type WatchedEnd} from '../watched-cli.js'
import {endState} from './end-state.js'
import {drawInstant, seeded, type Stretch} from './seeded.js'

const HOOK = fileURLToPath(new URL('end-at-deed.js', import.meta.url))
/** A run that nobody disturbs does not always do the same number of things: an instant may come after its end. */
const DRAWS = 4

/** An apply that has ended, or was killed. */
interface Made {
  readonly end: WatchedEnd
  /** What it has done, in order. */
  readonly deeds: readonly string[]
}

/** How far a killed apply had come: it had changed nothing, had made something, had begun to configure. */
export type Reached = 'looking' | 'making' | 'configuring'

function reachedBy(deeds: readonly string[]): Reached {
  if (deeds.some((deed) => /^start .*runner\.js /.test(deed))) return 'configuring'
  return deeds.some((deed) => deed.startsWith('send POST ')) ? 'making' : 'looking'
}

/** One VCH and a runbook for it. */
export interface KillWorld {
  readonly bench: SandboxBench
  readonly vch: SandboxHandle
  readonly env: Environment
  readonly control: ControlClient
  readonly argv: readonly string[]
  /** Shares and stores together. */
  readonly entries: number
  /** What an apply leaves behind that nobody kills. */
  readonly reference: unknown
  /** The number of its instants: two for each of its deeds. */
  readonly length: number
}

async function made(world: Pick<KillWorld, 'bench' | 'env' | 'argv'>, endAt?: number): Promise<Made> {
  const file = path.join(world.bench.directory, 'deeds.json')
  await rm(file, {force: true})
  const hook = {NODE_OPTIONS: `--import=${HOOK}`, VICNFS_TEST_DEEDS: file, VICNFS_TEST_END_AT: endAt?.toString()}
  const end = await watchCli(world.argv, {...world.env, ...hook}).finished
  return {end, deeds: JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as string[]}
}

async function untilAnswers(vch: SandboxHandle): Promise<void> {
  while ((await docker(vch, 'GET', '/info').catch(() => ({status: 0}))).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Takes everything back that applies have made, past vicnfs: as after the sandbox was made. */
async function wipe({bench, vch, control}: Pick<KillWorld, 'bench' | 'vch' | 'control'>): Promise<void> {
  const {containers, snapshots, vmId} = await control.status()
  if (snapshots.length > 0) await control.revertNewestSnapshot()
  await untilAnswers(vch)
  // The snapshot was taken of a VCH that was being configured.
  await control.setUpdateInProgress(vmId, false)
  for (const {id} of containers) await control.container(id, 'destroy')
  const {json} = await docker(vch, 'GET', '/volumes')
  for (const {Name} of (json as {Volumes: {Name: string}[]}).Volumes) await docker(vch, 'DELETE', `/volumes/${Name}`)
  for (const {id} of await control.listSnapshots(vmId)) await control.deleteSnapshot(vmId, id)
  for (const name of ['journal.jsonl', 'changes'])
    await rm(path.join(bench.directory, name), {recursive: true, force: true})
}

async function runbookOf({bench, vch}: Pick<KillWorld, 'bench' | 'vch'>, names: readonly string[]): Promise<string> {
  const shares = names.map((name) => {
    const store = {label: `${name}-store`, vch: 'one'}
    return [name, {vch: 'one', create: true, network: 'storage-net', store}]
  })
  const content = {vchs: {one: runbookVch(vch)}, shares: Object.fromEntries(shares) as Record<string, unknown>}
  return writeRunbook(bench.directory, content)
}

/** A VCH on which a runbook with these shares was applied once, undisturbed. */
async function prepare(bench: SandboxBench, names: readonly string[]): Promise<KillWorld> {
  const vch = await bench.start('one')
  const control = await bench.control(vch)
  await control.login(SANDBOX_USER, SANDBOX_PASSWORD)
  const argv = ['runbook', 'apply', await runbookOf({bench, vch}, names), '--yes', '--allow-self-hosted']
  const world = {bench, vch, env: bench.environment(vch), control, argv}
  const boots = await bootCount(vch)
  const {end, deeds} = await made(world)
  expect(end).toMatchObject({exitCode: 0})
  const reference = await endState(vch, {stateDirectory: bench.directory, boots})
  return {...world, entries: 2 * names.length, reference, length: 2 * deeds.length}
}

export async function openKillWorld(names: readonly string[]): Promise<KillWorld> {
  const bench = await openSandboxBench()
  return prepare(bench, names).catch(async (error: unknown) => {
    await bench.close()
    throw error
  })
}

async function expectConverged(world: KillWorld, boots: number): Promise<void> {
  const {bench, vch, reference} = world
  await untilStatus(world.control, ({power}) => power === 'on')
  expect(await endState(vch, {stateDirectory: bench.directory, boots})).toEqual(reference)
}

async function applyAgain(world: KillWorld): Promise<RunbookRecap['counts']> {
  return (await runOk<RunbookRecap>(world.bench, world.argv, world.env)).counts
}

export interface KillOptions {
  readonly seed: number
  readonly stretch: Stretch
  /** Applies a third time, and expects that nothing is done. */
  readonly isRepeated: boolean
}

/**
 * Kills an apply at a seeded instant of this stretch, applies again, and expects what an undisturbed apply leaves.
 * @returns how far the killed one had come
 */
export async function killOnce(world: KillWorld, {seed, stretch, isRepeated}: KillOptions): Promise<Reached> {
  const random = seeded(seed + stretch.index)
  for (let draw = 1; draw <= DRAWS; draw += 1) {
    await wipe(world)
    const at = drawInstant(random, stretch, world.length)
    const boots = await bootCount(world.vch)
    const {end, deeds} = await made(world, at)
    if (end.signal !== 'SIGKILL') expect(end).toMatchObject({exitCode: 0})
    else {
      expect(end.stdout).toBe('')
      await expectMadeGood(world, boots, isRepeated).catch((error: unknown) => {
        const where = `instant ${at} of ${world.length}, seed ${seed}, stretch ${stretch.index}`
        throw new Error(`The next apply has not made good a kill at ${where}: ${deeds.at(-1)}`, {cause: error})
      })
      return reachedBy(deeds)
    }
  }
  throw new Error(`No apply was killed in stretch ${stretch.index} (seed ${seed})`)
}

async function expectMadeGood(world: KillWorld, boots: number, isRepeated: boolean): Promise<void> {
  const all = {ok: world.entries, failed: 0, refused: 0, notReached: 0}
  expect(await applyAgain(world)).toMatchObject(all)
  await expectConverged(world, boots)
  if (!isRepeated) return
  expect(await applyAgain(world)).toMatchObject({...all, changed: 0, unchanged: world.entries, powerCycles: 0})
  await expectConverged(world, boots)
}
