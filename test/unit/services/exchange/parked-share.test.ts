import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rollbackText} from '../../../../src/cli/rollback-text.js'
import {LABELS} from '../../../../src/model/share.js'
import {lockVch} from '../../../../src/journal/lock.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import {registerStore} from '../../../../src/services/register-store.js'
import {rollbackRegistration} from '../../../../src/services/rollback-registration.js'
import {teardownShare} from '../../../../src/services/teardown-share.js'
import {
  emptyAddresses,
  exchangeWorld,
  exposeIn,
  isParked,
  madeOf,
  makeFastDirectory,
  serverNow,
  type ExchangeWorld,
} from '../../../helpers/exchange-world.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {killedAt, SHARE_STATES} from '../../../helpers/share-states.js'
import {CONSENTS, register, teardown} from '../../../helpers/teardown-world.js'

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const PARK = {park: true}

describe('un-parking', () => {
  beforeEach(() => SHARE_STATES['parked']?.(world))

  it('puts the parked server back when the real one does not serve, with its records', async () => {
    const before = serverNow(world)
    world.serves = isParked
    await expect(exposeIn(world)).rejects.toMatchObject({code: 'VN-EXCHANGE-FAILED'})
    expect([madeOf(serverNow(world)), emptyAddresses(world)]).toEqual([madeOf(before), []])
  })

  it('names no other label to register it as', async () => {
    expect(await exposeIn(world)).not.toHaveProperty('next')
    expect(await exposeIn(world)).not.toHaveProperty('next')
    // The control: one on which no VCH is recorded has a next command.
    for (const path of [...world.files.keys()].filter((each) => each.includes('.vicnfs'))) world.files.delete(path)
    expect(await exposeIn(world)).toHaveProperty('next')
  })

  it('waits for whoever changes the VCH that boots on it', async () => {
    const keys = ['endpoint:tcp://consumer:2376']
    const release = await lockVch(directory, keys, {signal: AbortSignal.timeout(5000), timeoutMs: 0})
    let isReleased = false
    world.onChange = () => expect(isReleased).toBe(true)
    const unparked = exposeVolume({request: shareRequest(), volume: {name: 'nfs-vol', create: false}}, world.adapters, {
      onEvent(event) {
        if (event.type !== 'note' || isReleased || !/waiting/i.test(event.text)) return
        isReleased = true
        void release()
      },
    })
    expect([(await unparked).outcome, isReleased]).toEqual(['unparked', true])
  })

  it('says which volumes the VCH does not show, since it has booted meanwhile', async () => {
    world.files.set('/exports/nfs-vol/volumes_metadata/data', 'directory')
    await exposeIn(world)
    expect(world.notes.join()).toMatch(/does not show 1 volume\(s\) of "nfs-store" \(data\)/)
  })

  it('makes no volume where the old one is gone, not even with --create', async () => {
    world.volumes.delete('nfs-vol')
    await expect(exposeIn(world, {create: true})).rejects.toMatchObject({code: 'VN-SHARE-NO-VOLUME'})
    expect(world.volumes.has('nfs-vol')).toBe(false)
  })
})

describe('a parked share', () => {
  it('whose server is gone is not said to be unchanged where a VCH lists it, not even without a journal', async () => {
    await SHARE_STATES['parked']?.(world)
    world.containers.clear()
    const elsewhere = await makeFastDirectory()
    try {
      const {journal, stateDirectory} = (await exchangeWorld(elsewhere)).adapters
      const there = {...world.adapters, journal, stateDirectory}
      const options = {target: {volume: 'nfs-vol'}, consents: CONSENTS, deleteVolume: false, ...PARK}
      await expect(teardownShare(options, there, {})).rejects.toMatchObject({
        code: 'VN-NOT-REMOVABLE',
        tries: [expect.stringMatching(/^vicnfs expose-volume nfs-vol --ip /), 'vicnfs teardown nfs-vol --park'],
      })
      // The control: nobody lists it.
      world.stores = []
      expect(await teardownShare(options, there, {})).toMatchObject({outcome: 'unchanged'})
    } finally {
      await rm(elsewhere, {recursive: true})
    }
  })

  it('is taken down as soon as its store can be un-registered', async () => {
    await SHARE_STATES['registered']?.(world)
    await teardown(world, PARK)
    const result = await teardown(world)
    expect(result).toMatchObject({outcome: 'removed', unregistered: ['nfs-store'], data: 'kept'})
    expect([world.containers.size, world.stores]).toEqual([0, ['ds://datastore1/volumes:default']])
  })

  it('stays when its store is rolled back, and is told as what it is', async () => {
    await SHARE_STATES['registered']?.(world)
    await teardown(world, PARK)
    const consents = {resetProgress: false, noRollback: false}
    const result = await rollbackRegistration({consents, dryRun: false}, world.adapters, {})
    const next = [expect.stringMatching(/^vicnfs expose-volume nfs-vol/), 'vicnfs teardown nfs-vol']
    expect(result).toMatchObject({outcome: 'rolled-back', idle: [{share: 'nfs-vol', parked: true, next}]})
    expect(rollbackText(result)).toContain('vicnfs-nfs-vol goes on standing in, empty, for the share "nfs-vol"')
    expect(isParked(serverNow(world))).toBe(true)
  })

  it('whose store was rolled back becomes one of another name, and no second one while it is listed', async () => {
    await SHARE_STATES['registered']?.(world)
    await teardown(world, PARK)
    const again = () => exposeIn(world, {register: {label: 'other', consents: CONSENTS}})
    await expect(again()).rejects.toMatchObject({code: 'VN-PLAN-REFUSED'})
    const consents = {resetProgress: false, noRollback: false}
    await rollbackRegistration({consents, dryRun: false}, world.adapters, {})
    // Registered it is; the proof needs containers that write.
    await expect(again()).rejects.toMatchObject({code: 'VN-VERIFY-FAILED'})
    expect(world.stores).toContainEqual(expect.stringMatching(/:other$/))
  })

  it('is known by its label where there is no journal', async () => {
    await SHARE_STATES['parked']?.(world)
    const elsewhere = await makeFastDirectory()
    try {
      const {adapters} = await exchangeWorld(elsewhere)
      const {journal, stateDirectory} = adapters
      const options = {target: {volume: 'nfs-vol'}, consents: CONSENTS, deleteVolume: true, confirm: 'nfs-vol'}
      const there = {...world.adapters, journal, stateDirectory}
      await expect(teardownShare(options, there, {})).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE'})
      expect([world.containers.size, world.volumes.size]).toEqual([1, 1])
    } finally {
      await rm(elsewhere, {recursive: true})
    }
  })

  it('furnishes the directories that are stores', async () => {
    await exposeIn(world, {create: true})
    const store = {label: 'web-store', from: {share: 'nfs-vol'}, directory: 'web'}
    await registerStore({...store, consents: CONSENTS, dryRun: false}, world.adapters, {})
    await teardown(world, PARK)
    expect(serverNow(world).env).toContain('PARKED_DIRECTORIES=web')
    expect(JSON.parse(serverNow(world).labels[LABELS.records] ?? '')).toMatchObject([{folder: 'web'}])
  })

  it('of which directories are stores is not un-parked for a label of its own', async () => {
    await exposeIn(world, {create: true})
    const store = {label: 'web-store', from: {share: 'nfs-vol'}, directory: 'web'}
    await registerStore({...store, consents: CONSENTS, dryRun: false}, world.adapters, {})
    await teardown(world, PARK)
    const before = serverNow(world)
    const wanted = exposeIn(world, {register: {label: 'web-store', consents: CONSENTS}})
    await expect(wanted).rejects.toMatchObject({
      code: 'VN-ROOT-OR-DIRECTORIES',
      tries: [expect.stringMatching(/^vicnfs/)],
    })
    expect(serverNow(world)).toEqual(before)
  })

  it('is no place for a store', async () => {
    await SHARE_STATES['parked']?.(world)
    await expect(register(world, 'other')).rejects.toMatchObject({code: 'VN-PARKED'})
    const url = `nfs://${Object.values(serverNow(world).addresses)[0] ?? ''}/exports/nfs-vol/new?uid=0&gid=0`
    await expect(register(world, 'other', {url})).rejects.toMatchObject({code: 'VN-PARKED'})
  })
})

describe('a server made anew', () => {
  const RECREATE = {recreate: {deleteVolume: false}}

  it('has the VCH itself try whom it lets mount, before that counts', async () => {
    await SHARE_STATES['registered for good']?.(world)
    const before = serverNow(world)
    const parts = {allow: ['10.9.0.0/24']}
    const error = await exposeIn(world, {...RECREATE, parts}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({code: 'VN-EXCHANGE-FAILED', details: {code: 'VN-CHECK-NO-RESULT'}})
    expect(madeOf(serverNow(world))).toEqual(madeOf(before))
    // The control: settings that do not decide who may mount need no such proof.
    const made = await exposeIn(world, {...RECREATE, parts: {mountdPort: 4000}})
    expect([made.outcome, serverNow(world).env.includes('MOUNTD_PORT=4000')]).toEqual(['recreated', true])
  })

  it.each([
    ['that the VCH has not tried goes again when the run is killed', {allow: ['10.9.0.0/24']}, true],
    ['that needs no such trial counts once it serves', {mountdPort: 4000}, false],
  ])('%s', async (_title, parts, isBack) => {
    await SHARE_STATES['registered for good']?.(world)
    const before = madeOf(serverNow(world))
    await killedAt(world, /^create (?!vicnfs-nfs-vol)/, async (dying) => {
      const append = dying.adapters.journal.append.bind(dying.adapters.journal)
      dying.adapters.journal.append = (entry) =>
        entry.kind === 'result' ? Promise.reject(new Error('killed')) : append(entry)
      await exposeIn(dying, {...RECREATE, parts})
    })
    expect(madeOf(serverNow(world))).not.toEqual(before)
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE'})
    const after = madeOf(serverNow(world))
    expect([emptyAddresses(world), JSON.stringify(after) === JSON.stringify(before)]).toEqual([[], isBack])
  })

  it('of scratch space loses its data, which has to be named', async () => {
    const parts = {scratch: true}
    await exposeIn(world, {parts})
    const {id} = serverNow(world)
    await expect(exposeIn(world, {parts, ...RECREATE})).rejects.toMatchObject({
      code: 'VN-DELETE-UNCONFIRMED',
      tries: [expect.stringMatching(/--scratch nfs-vol .*--recreate --delete-volume --confirm nfs-vol$/)],
    })
    expect(serverNow(world).id).toBe(id)
    const recreate = {deleteVolume: true, confirm: 'nfs-vol'}
    expect((await exposeIn(world, {parts, recreate})).outcome).toBe('recreated')
  })

  it('comes to another address only where no store lies at this one', async () => {
    await SHARE_STATES['served']?.(world)
    const parts = {address: '10.9.0.99'}
    expect((await exposeIn(world, {...RECREATE, parts})).share.place.host).toBe('10.9.0.99')
    await register(world, 'nfs-store')
    const move = {...RECREATE, parts: {address: '10.9.0.98'}}
    await expect(exposeIn(world, move)).rejects.toMatchObject({code: 'VN-EXCHANGE-BREAKS'})
  })
})
