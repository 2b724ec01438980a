import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {exposeVolume} from '../../../src/services/expose-volume.js'
import {teardownShare} from '../../../src/services/teardown-share.js'
import type {VchSelector} from '../../../src/vic-machine/vic-machine-api.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../helpers/fake-world.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const RECORD = '/exports/nfs-vol/.vicnfs/consumer.json'
const FOLDER = '/exports/nfs-vol/private'
let directory: string
let world: FakeWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = fakeWorld(directory)
  const request = shareRequest({uid: 1000, gid: 1000})
  await exposeVolume({request, volume: {name: 'nfs-vol', create: true}}, world.adapters, {})
})
afterEach(() => rm(directory, {recursive: true}))

const teardown = () => {
  const consents = {resetProgress: false, noRollback: false}
  return teardownShare({target: {volume: 'nfs-vol'}, consents, deleteVolume: false}, world.adapters, {})
}

describe('a folder that the uid of the share may not look into', () => {
  beforeEach(() => {
    world.files.set(FOLDER, 'directory')
  })

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

describe('a VCH on the record that vic-machine does not find', () => {
  const record = {
    schemaVersion: 1,
    vchName: 'deleted',
    vchId: 'vm-12',
    vcenter: 'https://VCENTER/DC0',
    endpoint: 'tcp://deleted:2376',
    label: 'nfs-store',
    path: '/exports/nfs-vol',
    uid: 1000,
    gid: 1000,
    writtenAt: '2026-01-01T00:00:00.000Z',
  }

  beforeEach(async () => {
    world.files.set(RECORD, Buffer.from(JSON.stringify(record)))
    const {program} = await world.adapters.vicMachine()
    const real = {...program}
    Object.assign(program, {
      inspectConfig: (vch: VchSelector) =>
        vch.id === 'vm-12'
          ? Promise.reject(new VicnfsError('VN-VICMACHINE-VCH-UNKNOWN', 'There is no VCH vm-12.'))
          : real.inspectConfig(vch),
    })
  })

  it('keeps the server container, since it may only be out of sight; the printed way works', async () => {
    const remove = `docker -H tcp://server:2376 exec vicnfs-nfs-vol rm ${RECORD}`
    await expect(teardown()).rejects.toMatchObject({
      code: 'VN-OTHER-CONSUMER',
      reason: expect.stringContaining('finds no VCH vm-12'),
      tries: [remove, 'vicnfs teardown nfs-vol'],
    })
    expect(world.did).not.toContain('remove vicnfs-nfs-vol')
    world.files.delete(RECORD)
    await expect(teardown()).resolves.toMatchObject({outcome: 'removed', data: 'kept'})
  })

  it('leaves volumes whose server container only the operator can remove', async () => {
    world.files.delete(RECORD)
    world.files.set('/exports/nfs-vol/volumes_metadata', 'directory')
    world.files.set('/exports/nfs-vol/volumes_metadata/v1', 'directory')
    await expect(teardown()).rejects.toMatchObject({
      code: 'VN-UNRECORDED-VOLUMES',
      tries: ['docker -H tcp://server:2376 stop vicnfs-nfs-vol', 'docker -H tcp://server:2376 rm vicnfs-nfs-vol'],
    })
  })
})
