import {describe, expect, it} from '@jest/globals'

import {sideBySide} from '../../src/engine/side-by-side.js'
import {killOnce, type Reached} from '../helpers/runbook-kills/kill-once.js'
import {openKillWorld} from '../helpers/runbook-kills/kill-world.js'

const KILLS = 50
const SEED = 1_990_617
/** At work at a time, each with a VCH and a state folder of its own. */
const WORLDS = 2
/** One in so many is applied a third time. */
const REPEATED = 5
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 3_600_000

async function killEach(indexes: readonly number[]): Promise<Reached[]> {
  const world = await openKillWorld(['first', 'second'])
  const reached: Reached[] = []
  try {
    for (const index of indexes) {
      const isRepeated = index % REPEATED === 0
      reached.push(await killOnce(world, {seed: SEED, stretch: {index, count: KILLS}, isRepeated}))
    }
    return reached
  } finally {
    await world.bench.close()
  }
}

describe(`kill -9 of an apply at one instant in each of ${KILLS} stretches, seed ${SEED}`, () => {
  it(
    'the next apply leaves what an undisturbed one leaves, with one power-cycle in all; the one after it, too',
    async () => {
      const all = [...Array(KILLS).keys()]
      const reached: Reached[] = []
      await sideBySide([...Array(WORLDS).keys()], WORLDS, async (lane) => {
        reached.push(...(await killEach(all.filter((index) => index % WORLDS === lane))))
      })
      expect(reached).toHaveLength(KILLS)
      expect(new Set(reached)).toEqual(new Set(['looking', 'making', 'configuring']))
    },
    LONG_MS,
  )
})
