import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {moveShare, type MoveResult} from '../../../src/services/move-share.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {expose, teardownWorld, type TeardownWorld} from '../../helpers/teardown-world.js'

const CONSENTS = {resetProgress: false, noRollback: false}

let directory: string
let world: TeardownWorld

const move = (volume: string, to = 'larger'): Promise<MoveResult> =>
  moveShare({volume, to: {name: to, create: true}, consents: CONSENTS}, world.adapters, {})

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
})
afterEach(() => rm(directory, {recursive: true, force: true}))

describe('moveShare refuses, and makes neither volume nor server,', () => {
  it.each([
    ['a share that nobody serves', undefined, 'VN-SHARE-NO-SERVER'],
    ['a share whose server squashes root', {squash: 'root_squash', uid: 1000, gid: 1000}, 'VN-MOVE-SQUASHED'],
    ['a share with export options of its own', {exportOptions: '*(rw,insecure,no_root_squash)'}, 'VN-MOVE-SQUASHED'],
    ['scratch space', {scratch: true}, 'VN-USAGE'],
  ] as const)('%s', async (_what, parts, code) => {
    if (parts !== undefined) await expose(world, parts)
    const before = [...world.containers.keys()]
    await expect(move('nfs-vol')).rejects.toMatchObject({code})
    expect([...world.containers.keys()]).toEqual(before)
    expect(await world.adapters.server.inspectVolume('larger')).toBeUndefined()
  })

  it('a move onto itself', async () => {
    await expose(world)
    await expect(move('nfs-vol', 'nfs-vol')).rejects.toMatchObject({code: 'VN-USAGE'})
  })

  it('a server that is down', async () => {
    await expose(world)
    for (const container of world.containers.values()) Object.assign(container, {state: 'exited', rawState: 'exited'})
    await expect(move('nfs-vol')).rejects.toMatchObject({code: 'VN-SERVER-DOWN'})
  })
})
