import {describe, expect, it} from '@jest/globals'

import {sideBySide} from '../../src/engine/side-by-side.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {countLines, killAndRunAgain, openKillWorld, seeded, type KillWorld} from '../helpers/runbook-kills.js'
import {watchCli} from '../helpers/watched-cli.js'

/** Three applies of a round are killed one after the other. */
const ROUNDS = 17
const IN_A_ROUND = 3
const INSTANTS = ROUNDS * IN_A_ROUND
/** Each has a VCH and a state folder of its own, so that no VCH gets too many stores; two are at work at a time. */
const WORLDS = 4
const SIDE_BY_SIDE = 2
const SEED = 7_041_776
/** Some instants come too late: what is done already is not done again, so that a later apply of a round says less. */
const KILLS = 0.6 * INSTANTS
/** Many runs after each other, on a machine that may be busy. */
const LONG_MS = 1_500_000

async function applyAgain(world: KillWorld, argv: readonly string[]): Promise<RunbookRecap> {
  const {stdout, exitCode} = await watchCli([...argv, '--json'], world.env).finished
  const {result, error} = JSON.parse(stdout) as {result: RunbookRecap; error?: {code: string; message: string}}
  expect({exitCode, error}).toEqual({exitCode: 0, error: undefined})
  return result
}

/** How many lines an apply says that nobody kills; the same on each VCH. */
let lines: Promise<number> | undefined

async function killMany(rounds: readonly number[][]): Promise<number> {
  const world = await openKillWorld()
  try {
    lines ??= countLines(world)
    const all = await lines
    const again = (argv: readonly string[]): Promise<RunbookRecap> => applyAgain(world, argv)
    let killed = 0
    for (const [index, parts] of rounds.entries()) {
      const instants = parts.map((part) => Math.floor(part * all))
      killed += await killAndRunAgain(world, index + 1, {instants, again})
    }
    return killed
  } finally {
    await world.bench.close()
  }
}

describe(`kill -9 of applies at ${INSTANTS} seeded instants`, () => {
  it(
    'is always made good by the next apply: one volume, one server, one store, one power-cycle each',
    async () => {
      const random = seeded(SEED)
      const rounds = Array.from({length: ROUNDS}, () => Array.from({length: IN_A_ROUND}, random))
      let killed = 0
      await sideBySide([...Array(WORLDS).keys()], SIDE_BY_SIDE, async (lane) => {
        const count = await killMany(rounds.filter((_round, index) => index % WORLDS === lane))
        killed += count
      })
      expect(killed).toBeGreaterThan(KILLS)
    },
    LONG_MS,
  )
})
