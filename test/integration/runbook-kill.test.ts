import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {killOnce, type Reached} from '../helpers/runbook-kills/kill-once.js'
import {openKillWorld, type KillWorld} from '../helpers/runbook-kills/kill-world.js'

/** Fifty are in test/endurance. */
const KILLS = 5
const SEED = 7_041_776
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 900_000

let world: KillWorld

beforeAll(async () => {
  world = await openKillWorld(['projects'])
}, LONG_MS)
afterAll(() => world.bench.close())

describe(`kill -9 of an apply at one instant in each of ${KILLS} stretches, seed ${SEED}`, () => {
  it(
    'the next apply leaves what an undisturbed one leaves, with one power-cycle in all',
    async () => {
      const reached = new Set<Reached>()
      for (let index = 0; index < KILLS; index += 1) {
        reached.add(await killOnce(world, {seed: SEED, stretch: {index, count: KILLS}, isRepeated: false}))
      }
      expect([...reached]).toEqual(['looking', 'making', 'configuring'])
    },
    LONG_MS,
  )
})
