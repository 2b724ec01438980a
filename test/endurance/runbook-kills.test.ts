import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {eachLimited} from '../../src/services/runbook/lanes.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {killAndRunAgain, openKillWorld, seeded, type KillWorld} from '../helpers/runbook-kills.js'
import {watchCli} from '../helpers/watched-cli.js'

const KILLS = 50
/** Each has a VCH and a state folder of its own; two of them are at work at a time. */
const WORLDS = 4
const SIDE_BY_SIDE = 2
const SEED = 7_041_776
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 1_500_000

let worlds: KillWorld[] = []

beforeAll(async () => {
  worlds = await Promise.all(Array.from({length: WORLDS}, openKillWorld))
})
afterAll(() => Promise.all(worlds.map(({bench}) => bench.close())))

async function applyAgain(world: KillWorld, argv: readonly string[]): Promise<RunbookRecap> {
  const {stdout, exitCode} = await watchCli([...argv, '--json'], world.env).finished
  const {result, error} = JSON.parse(stdout) as {result: RunbookRecap; error?: {code: string; message: string}}
  expect({exitCode, error}).toEqual({exitCode: 0, error: undefined})
  return result
}

async function killMany(world: KillWorld, instants: readonly number[]): Promise<number> {
  const again = (argv: readonly string[]): Promise<RunbookRecap> => applyAgain(world, argv)
  await killAndRunAgain(world, 0, {again})
  let killed = 0
  for (const [index, at] of instants.entries()) {
    if ((await killAndRunAgain(world, index + 1, {at, again})).killed) killed += 1
  }
  return killed
}

describe(`kill -9 of an apply at ${KILLS} seeded instants`, () => {
  it(
    'is always made good by the next apply: one volume, one server, one store, one power-cycle each',
    async () => {
      const random = seeded(SEED)
      const instants = Array.from({length: KILLS}, random)
      let killed = 0
      await eachLimited([...worlds.entries()], SIDE_BY_SIDE, async ([lane, world]) => {
        const own = instants.filter((_at, index) => index % WORLDS === lane)
        const count = await killMany(world, own)
        killed += count
      })
      expect(killed).toBeGreaterThan(KILLS * 0.8)
    },
    LONG_MS,
  )
})
