import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {lockVch} from '../../../src/journal/lock.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {rollbackRegistration, type RollbackResult} from '../../../src/services/rollback-registration.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'
import {expose, register, teardown, teardownWorld, type TeardownWorld} from '../../helpers/teardown-world.js'

const RECORD = '/exports/nfs-vol/.vicnfs/consumer.json'
const DEFAULT = 'ds://datastore1/volumes:default'

let directory: string
let world: TeardownWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await teardownWorld(directory)
  await expose(world)
})
afterEach(() => rm(directory, {recursive: true}))

interface Options {
  readonly dryRun?: boolean
  readonly onNote?: (text: string) => void
}

function rollBack({dryRun = false, onNote}: Options = {}): Promise<RollbackResult> {
  const consents = {resetProgress: false, noRollback: false}
  return rollbackRegistration({consents, dryRun}, world.adapters, {
    onEvent(event) {
      if (event.type !== 'note') return
      onNote?.(event.text)
      if (event.level === 'warning') world.warnings.push(event.text)
    },
  })
}

const did = (what: string): number => world.did.filter((line) => line === what).length
const entries = async (): Promise<number> => (await world.adapters.journal.read()).entries.length

describe('a rollback', () => {
  it('takes the last registration back, and the record off the share; the server container goes on', async () => {
    await register(world, 'nfs-store')
    expect(world.files.has(RECORD)).toBe(true)
    await expect(rollBack()).resolves.toEqual({
      outcome: 'rolled-back',
      vch: 'consumer',
      labels: ['nfs-store'],
      stores: [{label: 'default', url: 'ds://datastore1/volumes'}],
      plan: [
        '= keep  default  ds://datastore1/volumes',
        '- remove  nfs-store  nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0',
      ],
      mended: false,
      idle: [
        {
          share: 'nfs-vol',
          container: 'vicnfs-nfs-vol',
          label: 'nfs-store',
          url: 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0',
          next: ['vicnfs register-store nfs-store --share nfs-vol', 'vicnfs teardown nfs-vol'],
        },
      ],
    })
    expect(world.stores).toEqual([DEFAULT])
    expect(world.files.has(RECORD)).toBe(false)
    expect(did('remove vicnfs-nfs-vol')).toBe(0)
    expect([...world.containers.values()].map(({state}) => state)).toEqual(['running'])
  })

  it('has nothing to do the second time, and looks at no share again', async () => {
    await register(world, 'nfs-store')
    await rollBack()
    const before = await entries()
    await expect(rollBack()).resolves.toMatchObject({outcome: 'unchanged', labels: ['nfs-store'], plan: []})
    expect(did('rollback')).toBe(1)
    expect(await entries()).toBe(before)
    expect(world.warnings).toEqual([])
  })

  it('can be followed by a new registration, and that be rolled back, too', async () => {
    await register(world, 'nfs-store')
    await rollBack()
    await register(world, 'second')
    await expect(rollBack()).resolves.toMatchObject({outcome: 'rolled-back', labels: ['second']})
    expect(world.stores).toEqual([DEFAULT])
  })

  it('takes the record off in a second run when the first one could not', async () => {
    await register(world, 'nfs-store')
    world.at.rolledBack = () => (world.isReadOnly = true)
    await expect(rollBack()).resolves.toMatchObject({outcome: 'rolled-back'})
    expect(world.files.has(RECORD)).toBe(true)
    expect(world.warnings).toEqual([expect.stringContaining('"nfs-store" could not be taken back')])
    delete world.isReadOnly
    await expect(rollBack()).resolves.toMatchObject({outcome: 'unchanged'})
    expect(world.files.has(RECORD)).toBe(false)
  })

  it('is unchanged where somebody has rolled back by hand, and still takes the record off', async () => {
    await register(world, 'nfs-store')
    world.stores = [DEFAULT]
    await expect(rollBack()).resolves.toMatchObject({outcome: 'unchanged', labels: ['nfs-store']})
    expect(did('rollback')).toBe(0)
    expect(world.files.has(RECORD)).toBe(false)
  })

  it('leaves a share alone that was taken down since', async () => {
    await register(world, 'nfs-store')
    await teardown(world)
    world.mountable = false
    await expect(rollBack()).resolves.toMatchObject({outcome: 'unchanged', idle: []})
    expect(world.warnings).toEqual([])
  })
})

describe('a dry run', () => {
  it('shows what would go, and touches nothing', async () => {
    await register(world, 'nfs-store')
    const before = {entries: await entries(), did: world.did.length, stores: world.stores}
    await expect(rollBack({dryRun: true})).resolves.toMatchObject({
      outcome: 'planned',
      labels: ['nfs-store'],
      command: 'vic-machine rollback',
    })
    expect({entries: await entries(), did: world.did.length, stores: world.stores}).toEqual(before)
  })
})

describe('a rollback is refused', () => {
  const refusal = {code: 'VN-NOT-REMOVABLE', exitCode: 3}

  it('where the journal knows no registration', async () => {
    await expect(rollBack()).rejects.toMatchObject({
      ...refusal,
      reason: expect.stringContaining('knows no configure of this VCH'),
      tries: ['vicnfs history --vch vm-7'],
    })
  })

  it('where somebody has configured the VCH since', async () => {
    await register(world, 'nfs-store')
    world.stores = [...world.stores, 'nfs://10.9.0.200/x?uid=0&gid=0:theirs']
    await expect(rollBack()).rejects.toMatchObject({...refusal, reason: expect.stringContaining('Somebody has')})
    expect(did('rollback')).toBe(0)
  })

  it('while containers use the store', async () => {
    await register(world, 'nfs-store')
    world.volumes.set('work', {name: 'work', driver: 'vsphere', labels: {}, store: 'nfs-store'})
    const [server] = world.containers.values()
    const mounts = [{volume: 'work', destination: '/data', readOnly: false}]
    world.containers.set('id-of-user', {...server!, id: 'id-of-user', name: 'user', labels: {}, mounts})
    await expect(rollBack()).rejects.toMatchObject({code: 'VN-IN-USE', exitCode: 3})
    expect(did('rollback')).toBe(0)
    world.containers.delete('id-of-user')
    await expect(rollBack()).resolves.toMatchObject({outcome: 'rolled-back'})
  })

  it('when somebody was quicker and has registered a store while it waited', async () => {
    await register(world, 'nfs-store')
    await expose(world, {name: 'other', exportFolder: '/exports/other'})
    const {at} = world
    at.identify = () => {
      delete at.identify
      // As if the lock had been another's until now.
      const added = 'nfs://10.9.0.3/exports/other?uid=0&gid=0:theirs'
      const data = {storesBefore: world.stores, storesAfter: [...world.stores, added], addedLabels: ['theirs']}
      const vch = {keys: ['endpoint:tcp://consumer:2376']}
      const {journal} = world.adapters
      const append = async (): Promise<void> => {
        const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
        await journal.append({kind: 'result', action: 'configure', of, vch, data: {state: 'completed'}})
        world.stores = [...world.stores, added]
      }
      const info = world.adapters.consumer.info.bind(world.adapters.consumer)
      Object.assign(world.adapters.consumer, {
        info: async (call: object) => {
          Object.assign(world.adapters.consumer, {info})
          await append()
          return info(call)
        },
      })
    }
    await expect(rollBack()).rejects.toMatchObject({
      ...refusal,
      message: 'theirs was registered while this rollback waited.',
    })
    expect(did('rollback')).toBe(0)
    // Typed again, it means just that one.
    await expect(rollBack({dryRun: true})).resolves.toMatchObject({outcome: 'planned', labels: ['theirs']})
  })

  it('when a registration that had begun before came to its end while it waited', async () => {
    await register(world, 'nfs-store')
    const added = 'nfs://10.9.0.3/exports/other?uid=0&gid=0:theirs'
    const data = {storesBefore: world.stores, storesAfter: [...world.stores, added], addedLabels: ['theirs']}
    const vch = {keys: ['endpoint:tcp://consumer:2376']}
    const {journal} = world.adapters
    const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
    const release = await lockVch(directory, vch.keys, {timeoutMs: 1000})
    let rolling = Promise.resolve() as Promise<unknown>
    await new Promise<void>((waits) => {
      rolling = rollBack({
        onNote: (text) => {
          if (text.includes('waiting for')) waits()
        },
      })
      rolling.catch(() => undefined)
    })
    await journal.append({kind: 'result', action: 'configure', of, vch, data: {state: 'completed'}})
    world.stores = [...world.stores, added]
    await release()
    await expect(rolling).rejects.toMatchObject({
      ...refusal,
      message: 'theirs was registered while this rollback waited.',
    })
    expect(did('rollback')).toBe(0)
  })

  it('without consent, before anything is changed', async () => {
    await register(world, 'nfs-store')
    const stores = world.stores
    world.consents = false
    await expect(rollBack()).rejects.toMatchObject({code: 'VN-CONSENT-MISSING', exitCode: 2})
    expect(did('rollback')).toBe(0)
    expect(world.stores).toBe(stores)
    expect(world.files.has(RECORD)).toBe(true)
  })
})

describe('a rollback whose end cannot be seen', () => {
  it('is half-done, and the same command goes on from there', async () => {
    await register(world, 'nfs-store')
    world.at.rolledBack = () => {
      world.blind = new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the login.')
    }
    await expect(rollBack()).rejects.toMatchObject({
      code: 'VN-HALF-DONE',
      exitCode: 8,
      recovery: expect.arrayContaining(['Then run: vicnfs rollback']),
    })
    delete world.blind
    await expect(rollBack()).resolves.toMatchObject({outcome: 'unchanged', labels: ['nfs-store']})
    expect(did('rollback')).toBe(1)
    expect(world.files.has(RECORD)).toBe(false)
  })
})
