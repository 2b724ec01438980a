import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {expose, register, teardown, teardownWorld, type TeardownWorld} from '../../helpers/teardown-world.js'

let directory: string
let world: TeardownWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
  await expose(world)
})
afterEach(() => rm(directory, {recursive: true}))

const REMOVED = 'remove vicnfs-nfs-vol'

function stopServer(): void {
  for (const [id, container] of world.containers) {
    world.containers.set(id, {...container, state: 'exited', rawState: 'exited'})
  }
}

/** Somebody starts a container on a volume of the consumer VCH. */
function useVolume(volume: string): void {
  const [server] = world.containers.values()
  if (server === undefined) throw new Error('there is no container to copy')
  const mounts = [{volume, destination: '/data', readOnly: false}]
  world.containers.set('id-of-user', {...server, id: 'id-of-user', name: 'user', labels: {}, mounts})
}

describe('a teardown', () => {
  it('un-registers the share and removes its server container; the volume stays', async () => {
    await register(world, 'nfs-store')
    await expect(teardown(world)).resolves.toEqual({
      outcome: 'removed',
      name: 'nfs-vol',
      unregistered: ['nfs-store'],
      data: 'kept',
    })
    expect(world.did.slice(-4)).toEqual([
      'rollback',
      'rm /exports/nfs-vol/.vicnfs/consumer.json',
      'rmdir /exports/nfs-vol/.vicnfs',
      REMOVED,
    ])
  })
})

describe('a server that runs and cannot be read from here', () => {
  it('stays: its records may name VCHs that the journal does not know', async () => {
    await register(world, 'nfs-store')
    world.mountable = false
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-SHARE-UNREADABLE', exitCode: 3})
    expect(world.did).not.toContain('rollback')
    expect(world.did).not.toContain(REMOVED)
  })

  it('says which rung failed', async () => {
    const rungs = [{id: 'mountd', title: 'MNT', state: 'failed', finding: 'MNT3ERR_ACCES', durationMs: 1}]
    const preflight = () => Promise.resolve({passed: false, rungs})
    Object.assign(world.adapters, {nfs: {...world.adapters.nfs, preflight}})
    await expect(teardown(world)).rejects.toMatchObject({
      reason: expect.stringMatching(/^MNT failed: MNT3ERR_ACCES\. So nobody/),
      tries: ["vicnfs preflight 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0' --read-only"],
    })
  })

  it('is given a second look: a packet may get lost, a stop may be under way', async () => {
    world.mountable = false
    setTimeout(() => (world.mountable = true), 100)
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'removed'})
  })

  it('is another matter when it is stopped: then the journal stands in', async () => {
    await register(world, 'nfs-store')
    world.mountable = false
    stopServer()
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'removed', unregistered: ['nfs-store']})
  })
})

describe('what happens while consent is asked for', () => {
  beforeEach(() => register(world, 'nfs-store'))

  it('counts: a container that uses the store by then keeps it registered', async () => {
    world.at.confirm = () => {
      world.volumes.set('work', {name: 'work', driver: 'vsphere', labels: {}, store: 'nfs-store'})
      useVolume('work')
    }
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-IN-USE', exitCode: 3})
    expect(world.did).toContain('confirm')
    expect(world.did).not.toContain('rollback')
  })
})

describe('a rollback that was started', () => {
  it('leaves a half-done VCH when its end cannot be seen, whatever hides it', async () => {
    await register(world, 'nfs-store')
    world.at.rolledBack = () => {
      world.blind = new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the login.')
    }
    await expect(teardown(world)).rejects.toMatchObject({
      code: 'VN-HALF-DONE',
      exitCode: 8,
      details: {hiddenBy: 'VN-VICMACHINE-LOGIN'},
      recovery: expect.arrayContaining(['Then run: vicnfs teardown nfs-vol']),
    })
    expect(world.did).not.toContain(REMOVED)
  })
})
