import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {exposeVolume} from '../../../src/services/expose-volume.js'
import {teardownShare} from '../../../src/services/teardown-share.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const FOLDER = '/exports/nfs-vol/private'
let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  const request = shareRequest({uid: 1000, gid: 1000})
  await exposeVolume({request, volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
  world.files.set(FOLDER, 'directory')
})
afterEach(() => rm(directory, {recursive: true}))

const teardown = () => {
  const consents = {resetProgress: false, noRollback: false}
  return teardownShare({target: {volume: 'nfs-vol'}, consents, deleteVolume: false}, world.adapters, {})
}

describe('a folder that the uid of the share may not look into', () => {
  it('is no hindrance when root sees no record in it', async () => {
    world.closed.set(FOLDER, [0])
    await expect(teardown()).resolves.toMatchObject({outcome: 'removed', data: 'kept'})
  })

  it('keeps the server container when nobody can tell, and says how to look', async () => {
    world.closed.set(FOLDER, [])
    await expect(teardown()).rejects.toMatchObject({
      code: 'VN-FOLDER-CLOSED',
      exitCode: 3,
      tries: [`docker -H tcp://server:2376 exec vicnfs-nfs-vol chmod o+x ${FOLDER}`],
    })
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
  })
})
