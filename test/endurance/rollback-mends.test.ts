import {afterEach, describe, expect, it} from '@jest/globals'

import {
  LIMITS,
  openHalfDoneWorld,
  printedCommands,
  REGISTER_SOON,
  type HalfDoneWorld,
} from '../helpers/half-done-world.js'
import {changeKinds} from '../helpers/sandbox-sights.js'

const ROLLBACK = ['rollback', '--yes', ...LIMITS]

let world: HalfDoneWorld

afterEach(() => world.bench.close())

async function leaveHalfDone(): Promise<void> {
  expect(await world.whileServerDies([...REGISTER_SOON, '--no-rollback'])).toMatchObject({exitCode: 8})
  expect(await world.stores()).toEqual(['default', 'nfs-store'])
}

describe('vicnfs rollback on a VCH that an earlier run left half-done', () => {
  it('changes nothing without --reset-progress, and prints the command that mends', async () => {
    world = await openHalfDoneWorld()
    await leaveHalfDone()
    const before = await changeKinds(world.bench.directory)
    const refused = await world.run(ROLLBACK)
    expect(refused).toMatchObject({exitCode: 8, stderr: expect.stringContaining('VN-HALF-DONE')})
    expect(printedCommands(refused.stderr)).toContain('vicnfs rollback --reset-progress --yes')
    expect(await changeKinds(world.bench.directory)).toEqual(before)

    const mended = await world.run([...ROLLBACK, '--reset-progress'])
    expect(mended).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(
        'rolled back: the half-done registration of nfs-store is taken back from consumer',
      ),
    })
    expect(await world.stores()).toEqual(['default'])
    expect(await world.control.status()).toMatchObject({power: 'on', updateInProgress: false, snapshots: []})
    expect(await world.run(ROLLBACK)).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^unchanged: /)})
  })
})
