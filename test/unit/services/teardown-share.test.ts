import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {
  expose,
  recordOther,
  register,
  teardown,
  teardownWorld,
  type TeardownWorld,
} from '../../helpers/teardown-world.js'

let directory: string
let world: TeardownWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
  await expose(world)
})
afterEach(() => rm(directory, {recursive: true}))

const ADDRESS = '10.9.0.77'
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
      parked: [],
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
      tries: [
        "vicnfs preflight 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0' --read-only",
        'docker -H tcp://server:2376 stop vicnfs-nfs-vol',
      ],
    })
  })

  it('is given a second look: a packet may get lost, a stop may be under way', async () => {
    const {nfs} = world.adapters
    const looks: boolean[] = []
    const preflight: typeof nfs.preflight = (...given) => {
      looks.push((world.mountable = looks.length > 0))
      return nfs.preflight(...given)
    }
    Object.assign(world.adapters, {nfs: {...nfs, preflight}})
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'removed'})
    expect(looks.slice(0, 2)).toEqual([false, true])
  })

  it('is another matter when it is stopped: then the journal stands in', async () => {
    await register(world, 'nfs-store')
    world.mountable = false
    stopServer()
    await expect(teardown(world)).resolves.toMatchObject({outcome: 'removed', unregistered: ['nfs-store']})
  })
})

describe('a server that is down', () => {
  it('stays where nobody knows who uses it, and is shown how to be started', async () => {
    stopServer()
    await expect(teardown(world)).rejects.toMatchObject({
      code: 'VN-SERVER-DOWN',
      exitCode: 3,
      tries: ['vicnfs expose-volume nfs-vol --image vicnfs/server:1', 'vicnfs teardown nfs-vol'],
    })
    expect(world.did).not.toContain(REMOVED)
  })

  it('is not registered: the share could not be mounted', async () => {
    stopServer()
    await expect(register(world, 'nfs-store')).rejects.toMatchObject({code: 'VN-SERVER-DOWN', exitCode: 3})
    expect(world.did).not.toContain('configure')
  })

  it('stays while the journal cannot tell whether the rollback of another VCH has taken effect', async () => {
    const argument = 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0:theirs'
    const vch = {keys: ['vm:vcenter/vm-9'], name: 'other', id: 'vm-9'}
    const data = {storesBefore: [], storesAfter: [argument], addedLabels: ['theirs'], addedStores: [argument]}
    const {journal} = world.adapters
    const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
    await journal.append({kind: 'result', action: 'configure', of, vch, data: {state: 'completed'}})
    const back = {...data, storesBefore: [argument], storesAfter: []}
    await journal.append({kind: 'intent', action: 'rollback', vch, data: back})
    stopServer()
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-OTHER-CONSUMER', exitCode: 3})
    expect(world.did).not.toContain(REMOVED)
  })
})

describe('what happens while consent is asked for', () => {
  beforeEach(() => register(world, 'nfs-store'))

  it('counts: a container that uses the store by then keeps it registered', async () => {
    world.at.confirm = () => {
      world.volumes.set('work', {name: 'work', driver: 'vsphere', labels: {}, store: 'nfs-store'})
      useVolume('work')
      world.clients = ['10.9.0.200']
    }
    await expect(teardown(world)).rejects.toMatchObject({
      code: 'VN-IN-USE',
      exitCode: 3,
      // Found, and why it is dangerous; whoever is connected beside the containers is named, too.
      reason: expect.stringMatching(
        /^They are: .*\(work, running\)\. Connected to its server: 10\.9\.0\.200\. Without its server .* hangs/,
      ),
    })
    expect(world.did).toContain('confirm')
    expect(world.did).not.toContain('rollback')
  })
})

describe('a VCH that cannot be asked, and registers a directory of the share meanwhile', () => {
  const theirs = (): void => recordOther(world, '/exports/nfs-vol/theirs')

  it('keeps the server container when it came during the rollback', async () => {
    await register(world, 'nfs-store')
    world.at.rolledBack = theirs
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-OTHER-CONSUMER', exitCode: 3})
    expect(world.did).toContain('rollback')
    expect(world.did).not.toContain(REMOVED)
  })

  it('keeps it when it came while the consumer VCH was being identified', async () => {
    world.at.identify = theirs
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-OTHER-CONSUMER', exitCode: 3})
    expect(world.did).not.toContain(REMOVED)
  })
})

describe('a record of another uid than the share has', () => {
  const url = `nfs://${ADDRESS}/exports/s7?uid=0&gid=0`

  beforeEach(async () => {
    await expose(world, {name: 's7', exportFolder: '/exports/s7', address: ADDRESS, uid: 1000, gid: 1000})
    await register(world, 's7-store', {url})
  })

  it('is removed as the one who wrote it', async () => {
    await expect(teardown(world, {target: {volume: 's7'}})).resolves.toMatchObject({outcome: 'removed'})
    expect(world.did).toContain('rm /exports/s7/.vicnfs/consumer.json')
    expect(world.warnings).toEqual([])
  })

  it('does not keep the server container when it cannot be removed at all', async () => {
    world.at.rolledBack = () => (world.isReadOnly = true)
    await expect(teardown(world, {target: {volume: 's7'}})).resolves.toMatchObject({outcome: 'removed'})
    expect(world.did).toContain('remove vicnfs-s7')
    expect(world.warnings).toEqual([expect.stringMatching(/^The record of "consumer" as "s7-store" could not be/)])
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
