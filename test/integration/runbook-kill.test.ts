import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {runOk} from '../helpers/refusals-world.js'
import {killAndRunAgain, openKillWorld, seeded, type KillWorld} from '../helpers/runbook-kills.js'

const KILLS = 5
const SEED = 20_261_127

let world: KillWorld

beforeAll(async () => {
  world = await openKillWorld()
})
afterAll(() => world.bench.close())

describe('kill -9 of an apply', () => {
  it(`at ${KILLS} seeded instants: the next apply ends as if nothing had happened, with one power-cycle`, async () => {
    const random = seeded(SEED)
    const again = (argv: readonly string[]) => runOk<RunbookRecap>(world.bench, argv, world.env)
    await killAndRunAgain(world, 0, {again})
    let killed = 0
    for (let round = 1; round <= KILLS; round += 1) {
      if ((await killAndRunAgain(world, round, {at: random(), again})).killed) killed += 1
    }
    expect(killed).toBeGreaterThan(KILLS / 2)
  })
})
