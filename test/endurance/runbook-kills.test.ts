import {describe, expect, it} from '@jest/globals'

import {eachLimited} from '../../src/services/runbook/lanes.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {countLines, killAndRunAgain, openKillWorld, seeded, type KillWorld} from '../helpers/runbook-kills.js'
import {watchCli} from '../helpers/watched-cli.js'

/** Two applies of a round are killed one after the other. */
const ROUNDS = 28
const IN_A_ROUND = 2
/** Each has a VCH and a state folder of its own, so that no VCH gets too many stores; two are at work at a time. */
const WORLDS = 7
const SIDE_BY_SIDE = 2
const SEED = 7_041_776
/** A few instants come too late: what is done already is not done again, so that the second apply of a round says less. */
const KILLS = 40
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 1_500_000

async function applyAgain(world: KillWorld, argv: readonly string[]): Promise<RunbookRecap> {
  const {stdout, exitCode} = await watchCli([...argv, '--json'], world.env).finished
  const {result, error} = JSON.parse(stdout) as {result: RunbookRecap; error?: {code: string; message: string}}
  expect({exitCode, error}).toEqual({exitCode: 0, error: undefined})
  return result
}

async function killMany(instants: readonly number[][]): Promise<number> {
  const world = await openKillWorld()
  try {
    const lines = await countLines(world)
    const again = (argv: readonly string[]): Promise<RunbookRecap> => applyAgain(world, argv)
    let killed = 0
    for (const [index, parts] of instants.entries()) {
      const own = parts.map((part) => Math.floor(part * lines))
      killed += await killAndRunAgain(world, index + 1, {instants: own, again})
    }
    return killed
  } finally {
    await world.bench.close()
  }
}

describe(`kill -9 of ${ROUNDS * IN_A_ROUND} applies at seeded instants`, () => {
  it(
    'is always made good by the next apply: one volume, one server, one store, one power-cycle each',
    async () => {
      const random = seeded(SEED)
      const rounds = Array.from({length: ROUNDS}, () => Array.from({length: IN_A_ROUND}, random))
      let killed = 0
      await eachLimited([...Array(WORLDS).keys()], SIDE_BY_SIDE, async (lane) => {
        const count = await killMany(rounds.filter((_round, index) => index % WORLDS === lane))
        killed += count
      })
      expect(killed).toBeGreaterThan(KILLS)
    },
    LONG_MS,
  )
})
