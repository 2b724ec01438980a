import {readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {expect} from '@jest/globals'

import type {SandboxHandle} from '../../../src/sandbox/lifecycle/handle.js'
import {SANDBOX_PASSWORD, SANDBOX_USER} from '../../../src/sandbox/state/sandbox-state.js'
import type {ControlClient} from '../../../src/sandbox/vcenter/control-api.js'
import {runbookVch, writeRunbook} from '../runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../sandbox-bench.js'
import {bootCount} from '../sandbox-sights.js'
import {docker, untilAnswers} from '../stand-in-world.js'
import {watchCli, type WatchedEnd} from '../watched-cli.js'
import {endState} from './end-state.js'

const HOOK = fileURLToPath(new URL('end-at-deed.js', import.meta.url))

/** An apply that has ended, or was killed. */
interface Applied {
  readonly end: WatchedEnd
  /** What it has done, in order. */
  readonly deeds: readonly string[]
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

/** Runs an apply to its end, or to this instant of it. */
export async function apply(world: Pick<KillWorld, 'bench' | 'env' | 'argv'>, endAt?: number): Promise<Applied> {
  const file = path.join(world.bench.directory, 'deeds.json')
  await rm(file, {force: true})
  const hook = {NODE_OPTIONS: `--import=${HOOK}`, VICNFS_TEST_DEEDS: file, VICNFS_TEST_END_AT: endAt?.toString()}
  const end = await watchCli(world.argv, {...world.env, ...hook}).finished
  return {end, deeds: JSON.parse(await readFile(file, 'utf8').catch(() => '[]')) as string[]}
}

/** Takes everything back that applies have made, past vicnfs: as after the sandbox was made. */
export async function wipe({bench, vch, control}: Pick<KillWorld, 'bench' | 'vch' | 'control'>): Promise<void> {
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
  const {end, deeds} = await apply(world)
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
