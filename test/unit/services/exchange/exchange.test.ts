import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {LABELS} from '../../../../src/model/share.js'
import {teardownShare} from '../../../../src/services/teardown-share.js'
import type {VchContainer} from '../../../../src/vch/vch-api.js'
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
import {killedAt, SHARE_STATES} from '../../../helpers/share-states.js'
import {CONSENTS, teardown} from '../../../helpers/teardown-world.js'

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const PARK = {park: true}
const ends = async (): Promise<unknown[]> =>
  (await world.adapters.journal.history())
    .filter(({intent}) => intent.action === 'server-exchange')
    .map(({result}) => result?.data['outcome'])

describe('an exchange of the server at the address of a store', () => {
  beforeEach(() => SHARE_STATES['registered for good']?.(world))

  it('puts an empty server there, which carries the records and has no volume', async () => {
    const before = serverNow(world)
    await teardown(world, PARK)
    const parked = serverNow(world)
    expect([parked.addresses, parked.mounts, isParked(parked)]).toEqual([before.addresses, [], true])
    expect(parked.env).not.toContain('REQUIRE_MOUNT=1')
    expect(parked.labels).toMatchObject({
      ...{[LABELS.role]: 'parked', [LABELS.share]: 'nfs-vol'},
      ...{[LABELS.request]: before.labels[LABELS.request], [LABELS.choice]: before.labels[LABELS.choice]},
    })
    const record = {vchName: 'consumer', vchId: 'vm-7', label: 'nfs-store', path: '/exports/nfs-vol'}
    expect(JSON.parse(parked.labels[LABELS.records] ?? '')).toMatchObject([{folder: '', record}])
    expect(await ends()).toEqual(['done'])
  })

  it('records a store that somebody registered by hand, too', async () => {
    for (const path of [...world.files.keys()].filter((each) => each.includes('.vicnfs'))) world.files.delete(path)
    await teardown(world, PARK)
    const record = {vchId: 'vm-7', label: 'nfs-store', path: '/exports/nfs-vol', uid: 0, gid: 0}
    expect(JSON.parse(serverNow(world).labels[LABELS.records] ?? '')).toMatchObject([{folder: '', record}])
  })

  it('puts the old one back, made of the same, when the new one does not serve', async () => {
    const before = serverNow(world)
    world.serves = (container) => !isParked(container)
    await expect(teardown(world, PARK)).rejects.toMatchObject({code: 'VN-EXCHANGE-FAILED', exitCode: 1})
    expect(madeOf(serverNow(world))).toEqual(madeOf(before))
    expect([serverNow(world).state, emptyAddresses(world), await ends()]).toEqual(['running', [], ['restored']])
  })

  it('takes no image that does not know PARKED: it would let the VCH write where nothing lasts', async () => {
    world.knowsParked = false
    const error = await teardown(world, PARK).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({code: 'VN-EXCHANGE-FAILED', reason: expect.stringContaining('does not know PARKED')})
    expect([isParked(serverNow(world)), emptyAddresses(world)]).toEqual([false, []])
    expect([...world.files.keys()].filter((path) => path.includes('.vicnfs-parked'))).toEqual([])
  })

  it.each(['stop', 'remove', 'create', 'start'])('puts the old one back when the VCH refuses to %s', async (deed) => {
    let refusals = 1
    world.onChange = (what) => {
      if (what.startsWith(deed) && (refusals -= 1) >= 0) throw new Error('the VCH refuses')
    }
    await expect(teardown(world, PARK)).rejects.toMatchObject({code: 'VN-EXCHANGE-FAILED'})
    expect([isParked(serverNow(world)), serverNow(world).state, await ends()]).toEqual([false, 'running', ['restored']])
  })

  it('says the way out when neither serves, and any later command on the share brings the old one back', async () => {
    world.onChange = (what) => {
      if (what.startsWith('create')) throw new Error('no disk is left')
    }
    const stuck = await teardown(world, PARK).catch((thrown: unknown) => thrown)
    expect(stuck).toMatchObject({
      ...{code: 'VN-ADDRESS-EMPTY', exitCode: 8, reason: expect.stringContaining('no disk is left')},
      recovery: expect.arrayContaining([expect.stringContaining('Then run: vicnfs expose-volume nfs-vol')]),
    })
    expect([emptyAddresses(world).length, await ends()]).toEqual([1, [undefined]])
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-ADDRESS-EMPTY', exitCode: 8})
    world.onChange = () => undefined
    await expect(teardown(world)).rejects.toMatchObject({code: 'VN-NOT-REMOVABLE'})
    expect([emptyAddresses(world), isParked(serverNow(world)), await ends()]).toEqual([[], false, ['restored']])
  })

  it.each([
    ['and ends parked', () => true, {outcome: 'parked'}],
    ['and puts the old one back', (container: VchContainer) => !isParked(container), 'VN-INTERRUPTED'],
  ])('does not stop half-way at Ctrl-C, %s', async (_title, serves, end) => {
    const stop = new AbortController()
    world.serves = serves
    world.onChange = (what) => {
      if (what.startsWith('create')) stop.abort()
    }
    const options = {target: {volume: 'nfs-vol'}, consents: CONSENTS, deleteVolume: false, park: true}
    const ended = await teardownShare(options, world.adapters, {signal: stop.signal}).catch(
      (error: unknown) => (error as {code: string}).code,
    )
    expect(stop.signal.aborted).toBe(true)
    if (typeof end === 'string') expect(ended).toBe(end)
    else expect(ended).toMatchObject(end)
    expect(emptyAddresses(world)).toEqual([])
  })

  it.each([
    ['', 0],
    [', also after a start that met its end', 1],
  ])('starts the server again when the stop of a killed run takes effect only then%s', async (_what, idle) => {
    await killedAt(world, 'stop vicnfs-nfs-vol')
    const {id} = serverNow(world)
    const {server} = world.adapters
    const inspect = server.inspectContainer.bind(server)
    const start = server.startContainer.bind(server)
    let starts = 0
    // Two looks find it running before anybody waits for it.
    let looks = 3
    Object.assign(server, {
      async inspectContainer(...given: Parameters<typeof inspect>) {
        const seen = serverNow(world)
        if ((looks -= 1) === 0) world.containers.set(id, {...seen, state: 'exited', rawState: 'exited'})
        return inspect(...given)
      },
      startContainer: async (...given: Parameters<typeof start>) =>
        (starts += 1) > idle ? start(...given) : undefined,
    })
    await exposeIn(world)
    expect(starts).toBe(idle + 1)
    expect([looks < 1, serverNow(world).id, emptyAddresses(world)]).toEqual([true, id, []])
  })

  describe('when a killed run has left it stopping', () => {
    const startedFrom: string[] = []
    beforeEach(async () => {
      startedFrom.length = 0
      await killedAt(world, 'stop vicnfs-nfs-vol')
      setState('stopping')
      const {server} = world.adapters
      const start = server.startContainer.bind(server)
      server.startContainer = async (...given) => {
        startedFrom.push(world.containers.get(given[0])?.state ?? 'gone')
        return start(...given)
      }
    })

    const setState = (state: VchContainer['state']): void => {
      const container = serverNow(world)
      world.containers.set(container.id, {...container, state, rawState: state})
    }

    /** Calls `then` when it is looked at for this time. */
    function atLook(count: number, then: () => void): void {
      const {server} = world.adapters
      const inspect = server.inspectContainer.bind(server)
      let left = count
      server.inspectContainer = async (...given) => {
        if ((left -= 1) === 0) then()
        return inspect(...given)
      }
    }

    it('starts it again only when it has stopped', async () => {
      const {id} = serverNow(world)
      atLook(4, () => setState('exited'))
      await exposeIn(world)
      expect(startedFrom).toEqual(['exited'])
      expect([serverNow(world).id, emptyAddresses(world)]).toEqual([id, []])
    })

    it('makes it again when it was being removed', async () => {
      const before = serverNow(world)
      atLook(3, () => world.containers.delete(before.id))
      await exposeIn(world)
      const after = serverNow(world)
      expect(after.id).not.toBe(before.id)
      expect([madeOf(after), emptyAddresses(world)]).toEqual([madeOf({...before, state: 'running'}), []])
    })
  })

  it('keeps its address from everybody while nobody is there', async () => {
    await SHARE_STATES['parking cut off, address empty']?.(
      await exchangeWorld(directory).then((fresh) => (world = fresh)),
    )
    const [empty] = emptyAddresses(world)
    const other = await exposeIn(world, {parts: {name: 'other', exportFolder: '/exports/other'}, create: true})
    expect(other.share.place.host).not.toBe(empty)
    const own = await exposeIn(world)
    expect(own.share.place.host).toBe(empty)
  })

  it('gives a share whose server is gone its own address again, and no other share', async () => {
    const own = serverNow(world)
    world.containers.delete(own.id)
    const other = await exposeIn(world, {parts: {name: 'other', exportFolder: '/exports/other'}, create: true})
    const again = await exposeIn(world)
    expect([other.share.place.host === again.share.place.host, emptyAddresses(world)]).toEqual([false, []])
    expect(serverNow(world).addresses).toEqual(own.addresses)
  })
})
