import {beforeEach, describe, expect, it} from '@jest/globals'

import {teardownShare} from '../../../src/services/teardown-share.js'
import {fakeWorld, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let world: FakeWorld

beforeEach(async () => {
  world = fakeWorld(await makeTempDirectory())
})

const teardown = (resetProgress: boolean) =>
  teardownShare(
    {target: {volume: 'nothing'}, consents: {resetProgress, noRollback: false}, deleteVolume: false},
    world.adapters,
    {},
  )

describe('--reset-progress of a teardown that finds nothing to do', () => {
  it('runs all the same, and once', async () => {
    expect(await teardown(true)).toMatchObject({outcome: 'unchanged'})
    expect(world.did).toEqual(['reset-progress'])
  })

  it('the control: without it vic-machine is not asked to change anything', async () => {
    expect(await teardown(false)).toMatchObject({outcome: 'unchanged'})
    expect(world.did).toEqual([])
  })
})
