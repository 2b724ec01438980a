import {expect} from '@jest/globals'

import type {RunbookRecap} from '../../../src/services/runbook/recap.js'
import {runOk} from '../refusals-world.js'
import {bootCount, untilStatus} from '../sandbox-sights.js'
import {endState} from './end-state.js'
import {apply, wipe, type KillWorld} from './kill-world.js'
import {drawInstant, seeded, type Stretch} from './seeded.js'

/** A run that nobody disturbs does not always do the same number of things: an instant may come after its end. */
const DRAWS = 4

/** How far a killed apply had come: it had changed nothing, had made something, had begun to configure. */
export type Reached = 'looking' | 'making' | 'configuring'

function reachedBy(deeds: readonly string[]): Reached {
  if (deeds.some((deed) => /^start .*runner\.js /.test(deed))) return 'configuring'
  return deeds.some((deed) => deed.startsWith('send POST ')) ? 'making' : 'looking'
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
    const {end, deeds} = await apply(world, at)
    if (end.signal !== 'SIGKILL') expect(end).toMatchObject({exitCode: 0})
    else {
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
