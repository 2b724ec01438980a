import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {runWork} from '../../../../src/engine/work.js'
import {LABELS, ROLE_SERVER} from '../../../../src/model/share.js'
import {exchangeServer} from '../../../../src/services/exchange/exchange-server.js'
import {EXCHANGE, exchangeData, openExchanges, type ExchangePlan} from '../../../../src/services/exchange/plan.js'
import {settleExchange} from '../../../../src/services/exchange/settle-exchange.js'
import {shareOnceAt} from '../../../../src/services/removal/share-sites.js'
import {findServer, type ServerContainer} from '../../../../src/services/share/find-server.js'
import {containerRequest, occupantOf} from '../../../../src/services/share/occupant.js'
import {nfsStore} from '../../../../src/model/volume-store.js'
import type {VchContainer} from '../../../../src/vch/vch-api.js'
import {
  emptyAddresses,
  exchangeWorld,
  makeFastDirectory,
  madeOf,
  serverNow,
  type ExchangeWorld,
} from '../../../helpers/exchange-world.js'
import {expose, register, teardown} from '../../../helpers/teardown-world.js'

const SIGNAL = new AbortController().signal
const KEYS = {keys: ['endpoint:tcp://vch:2376']}

let directory: string
let world: ExchangeWorld
let old: ServerContainer
let plan: ExchangePlan

const names = (): string[] => [...world.containers.values()].map(({name}) => name).sort()
const isNew = ({name}: VchContainer): boolean => name === 'vicnfs-larger'
const exchange = () =>
  runWork(async (work) => {
    const info = await world.adapters.server.info()
    await exchangeServer(world.adapters, plan, {old, info, work})
  })
const settle = (share: string) => runWork((work) => settleExchange(world.adapters, share, work))
/** Whose share the journal knows at the address of the store. */
const knownAt = (): Promise<string | undefined> => {
  const place = {label: 'x', host: old.choice.address ?? '', path: old.request.exportFolder, uid: 0, gid: 0}
  return shareOnceAt(world.adapters, nfsStore(place), SIGNAL)
}

/** What a run that was killed leaves behind: the intent, and no old server any more. */
async function killed({made}: {readonly made: boolean}): Promise<void> {
  const {server, journal} = world.adapters
  const vch = {keys: [`endpoint:${server.endpoint}`, ...KEYS.keys]}
  await journal.append({kind: 'intent', action: EXCHANGE, vch, data: exchangeData(plan, old)})
  await server.stopContainer(old.container.id)
  await server.removeContainer(old.container.id)
  if (!made) return
  const request = containerRequest(plan.to, {info: await server.info(), run: plan.run})
  await server.startContainer(await server.createContainer(request))
}

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
  await expose(world)
  await register(world, 'nfs-store')
  old = (await findServer(world.adapters.server, 'nfs-vol', {})) as ServerContainer
  const to = {role: ROLE_SERVER, request: {...old.request, name: 'larger'}, choice: old.choice} as const
  plan = {share: 'larger', run: 'this-run', from: occupantOf(old), to, stores: []}
})
afterEach(() => rm(directory, {recursive: true}))

describe("another volume's server at the address of a store", () => {
  it('takes its place, and the journal knows the share by it', async () => {
    await exchange()
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-larger'], []])
    expect([...world.containers.values()][0]).toMatchObject({
      mounts: [{volume: 'larger', destination: '/exports/nfs-vol'}],
      labels: {[LABELS.share]: 'larger'},
    })
    expect(await knownAt()).toBe('larger')
  })

  it.each([
    [{}, 'vicnfs teardown larger'],
    [{park: true}, 'vicnfs teardown larger --park'],
    [{deleteVolume: true, confirm: 'nfs-vol'}, 'vicnfs teardown larger'],
  ])('is what a teardown of the old volume leads to, not to serving the old data there: %j', async (options, tries) => {
    await exchange()
    const refused = {code: 'VN-NOT-REMOVABLE', tries: [tries, 'vicnfs status larger']}
    await expect(teardown(world, options)).rejects.toMatchObject(refused)
    expect([names(), [...world.volumes.keys()]]).toEqual([['vicnfs-larger'], ['nfs-vol']])
  })

  it.each(['stop vicnfs-nfs-vol', 'remove vicnfs-nfs-vol', 'create vicnfs-larger', 'start vicnfs-larger'])(
    'gives it back when "%s" fails',
    async (change) => {
      const before = madeOf(serverNow(world))
      world.onChange = (what) => {
        if (what === change) throw new Error('the VCH is away')
      }
      await expect(exchange()).rejects.toMatchObject({code: 'VN-EXCHANGE-FAILED'})
      expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
      expect([madeOf(serverNow(world)), await knownAt()]).toEqual([before, 'nfs-vol'])
    },
  )

  it('gives it back when it does not serve', async () => {
    world.serves = (container) => !isNew(container)
    await expect(exchange()).rejects.toMatchObject({code: 'VN-EXCHANGE-FAILED'})
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
  })
})

describe('a move that was killed in the exchange', () => {
  it.each(['nfs-vol', 'larger'])('is taken back by a command on "%s" where nothing was made yet', async (share) => {
    await killed({made: false})
    expect(emptyAddresses(world)).not.toEqual([])
    await settle(share)
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
    expect(await openExchanges(world.adapters, SIGNAL)).toEqual([])
  })

  it.each(['nfs-vol', 'larger'])('is finished by a command on "%s" where the new server serves', async (share) => {
    await killed({made: true})
    await settle(share)
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-larger'], []])
  })

  it('is taken back where it does not serve, and is of no concern to other shares', async () => {
    await killed({made: true})
    world.serves = (container) => !isNew(container)
    await settle('third')
    expect(names()).toEqual(['vicnfs-larger'])
    await settle('larger')
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
  })

  it('leaves alone another server of that name', async () => {
    await killed({made: false})
    await expose(world, {name: 'larger'})
    await settle('nfs-vol')
    expect([names(), emptyAddresses(world)]).toEqual([['vicnfs-larger', 'vicnfs-nfs-vol'], []])
  })
})
