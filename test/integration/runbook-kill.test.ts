import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {runOk} from '../helpers/refusals-world.js'
import {killAndRunAgain, openKillWorld, type KillWorld} from '../helpers/runbook-kills.js'

/** One for each kind of thing that a run can leave half-done; many seeded ones are in test/endurance. */
const INSTANTS = [/Make the server container/, /Write on the share/, /vic-machine runs as pid/]

let world: KillWorld

beforeAll(async () => {
  world = await openKillWorld()
})
afterAll(() => world.bench.close())

describe('kill -9 of an apply', () => {
  it('while servers are made, of the next while a share is written on, of the next while vic-machine runs: the fourth ends as if nothing had happened, with one power-cycle', async () => {
    const again = (argv: readonly string[]) => runOk<RunbookRecap>(world.bench, argv, world.env)
    expect(await killAndRunAgain(world, 1, {instants: INSTANTS, again})).toBe(INSTANTS.length)
  })
})
