import {LABELS} from '../../src/model/share.js'
import {openJournal} from '../../src/journal/journal.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import {registerStore} from '../../src/services/register-store.js'
import type {VchContainer} from '../../src/vch/vch-api.js'
import {exposeIn, serverNow, type ExchangeWorld} from './exchange-world.js'
import {CONSENTS, recordOther, register, teardown} from './teardown-world.js'

const change = (world: ExchangeWorld, parts: Partial<VchContainer>): void => {
  const found = serverNow(world)
  world.containers.set(found.id, {...found, ...parts})
}

/** Somebody's container on a volume. */
export function useVolume(world: ExchangeWorld, volume: string, state: VchContainer['state']): void {
  const mounts = [{volume, destination: '/data', readOnly: false}]
  const id = `id-of-user-of-${volume}`
  const own = {id, name: `user-of-${volume}`, image: 'busybox', labels: {}, state, rawState: state, exitCode: 0}
  world.containers.set(id, {...own, startedAt: '', env: [], mounts, addresses: {}, publishedAddress: ''})
}

/** A volume of the consumer VCH on the store. */
const makeVolume = (world: ExchangeWorld): void => {
  world.volumes.set('data', {name: 'data', driver: 'vsphere', labels: {}, store: 'nfs-store'})
}

const serve = (world: ExchangeWorld) => exposeIn(world, {create: true})
const registerIt = async (world: ExchangeWorld): Promise<void> => {
  await serve(world)
  await register(world, 'nfs-store')
}
/** Somebody else configures the VCH, so that our registration is not its last change. */
const configureByOthers = (world: ExchangeWorld): void => {
  world.stores = [...world.stores, 'ds://datastore1/more:more']
}
const registerForGood = async (world: ExchangeWorld): Promise<void> => {
  await registerIt(world)
  configureByOthers(world)
}
const park = async (world: ExchangeWorld): Promise<void> => {
  await registerForGood(world)
  await teardown(world, {park: true})
}
const unregisterByOthers = (world: ExchangeWorld): void => {
  world.stores = world.stores.filter((store) => !store.startsWith('nfs:'))
}

/** Somebody looks at it all from a machine on which nothing of it was done. */
const goElsewhere = (world: ExchangeWorld): void => {
  const stateDirectory = `${world.adapters.stateDirectory}/elsewhere`
  const adapters = {...world.adapters, journal: openJournal(stateDirectory), stateDirectory}
  Object.assign(world, {adapters})
}
const removeServer = (world: ExchangeWorld): void => {
  world.containers.delete(serverNow(world).id)
}
const RECORD = '/exports/nfs-vol/.vicnfs/consumer.json'

const parkIt = (world: ExchangeWorld): Promise<unknown> => teardown(world, {park: true})

/** The run is killed at this change: nothing of it is written down any more. */
export async function killedAt(
  world: ExchangeWorld,
  what: string | RegExp | ((text: string) => boolean),
  run: (dying: ExchangeWorld) => Promise<unknown> = parkIt,
): Promise<void> {
  const {adapters} = world
  let isDead = false
  const die = (): never => {
    isDead = true
    throw new Error('killed')
  }
  const isDue =
    typeof what === 'function'
      ? what
      : (text: string): boolean => (typeof what === 'string' ? text === what : what.test(text))
  const check = (text: string): void => {
    if (isDead || isDue(text)) die()
  }
  const before = world.onChange
  world.onChange = check
  const journal = {
    ...adapters.journal,
    append: (entry: never) => (isDead ? Promise.reject(new Error('killed')) : adapters.journal.append(entry)),
  }
  const dying = Object.assign(Object.create(world) as ExchangeWorld, {adapters: {...adapters, journal}})
  await run(dying).catch(() => undefined)
  world.onChange = before
}

/** Every state that a share can be in, and how it comes about. */
export const SHARE_STATES: Readonly<Record<string, (world: ExchangeWorld) => Promise<void> | void>> = {
  'no volume': () => undefined,
  'volume only': (world) => {
    world.volumes.set('nfs-vol', {name: 'nfs-vol', driver: 'vsphere', labels: {}})
  },
  'volume with a container of somebody': (world) => {
    world.volumes.set('nfs-vol', {name: 'nfs-vol', driver: 'vsphere', labels: {}})
    useVolume(world, 'nfs-vol', 'running')
  },
  served: async (world) => void (await serve(world)),
  'served, with a client connected': async (world) => {
    await serve(world)
    world.clients = ['10.9.0.200']
  },
  'served, and stopped': async (world) => {
    await serve(world)
    change(world, {state: 'exited', rawState: 'exited'})
  },
  'served, another VCH on record': async (world) => {
    await serve(world)
    recordOther(world, '/exports/nfs-vol')
  },
  registered: registerIt,
  'registered, with a volume in use': async (world) => {
    await registerIt(world)
    makeVolume(world)
    useVolume(world, 'data', 'running')
  },
  'registered, with a container at rest': async (world) => {
    await registerIt(world)
    makeVolume(world)
    useVolume(world, 'data', 'exited')
  },
  'registered, and stopped': async (world) => {
    await registerIt(world)
    change(world, {state: 'exited', rawState: 'exited'})
  },
  'registered, server gone': async (world) => {
    await registerIt(world)
    removeServer(world)
  },
  'registered, server gone, seen from another machine': async (world) => {
    await registerIt(world)
    removeServer(world)
    goElsewhere(world)
  },
  'registered, server gone, somebody on the volume': async (world) => {
    await registerIt(world)
    removeServer(world)
    useVolume(world, 'nfs-vol', 'running')
  },
  'registered in a directory': async (world) => {
    await serve(world)
    const wish = {label: 'nfs-store', from: {share: 'nfs-vol'}, directory: 'web', consents: CONSENTS, dryRun: false}
    await registerStore(wish, world.adapters, {})
  },
  'registered by hand': async (world) => {
    await serve(world)
    world.stores = [...world.stores, 'nfs://10.9.0.2/exports/nfs-vol?uid=0&gid=0:nfs-store']
  },
  'recorded, and registered no more': async (world) => {
    await registerIt(world)
    unregisterByOthers(world)
  },
  'registered for good': registerForGood,
  'registered for good, with a volume in use': async (world) => {
    await registerForGood(world)
    makeVolume(world)
    useVolume(world, 'data', 'running')
  },
  'registered for good, with a container at rest': async (world) => {
    await registerForGood(world)
    makeVolume(world)
    useVolume(world, 'data', 'exited')
  },
  'registered for good, with a client connected': async (world) => {
    await registerForGood(world)
    world.clients = ['10.9.0.200']
  },
  'registered for good, at an address of the network': async (world) => {
    await registerForGood(world)
    const {labels} = serverNow(world)
    const choice = JSON.stringify({...JSON.parse(labels[LABELS.choice] ?? ''), address: null})
    change(world, {labels: {...labels, [LABELS.choice]: choice}})
  },
  'registered for good, and at another address now': async (world) => {
    await registerForGood(world)
    change(world, {addresses: {'storage-net': '10.9.0.99'}})
  },
  'registered for good, and left out at the last boot': async (world) => {
    await registerForGood(world)
    world.offline.add('nfs-store')
  },
  'registered for good, the record gone': async (world) => {
    await registerForGood(world)
    world.files.delete(RECORD)
  },
  'registered for good, seen from another machine': async (world) => {
    await registerForGood(world)
    goElsewhere(world)
  },
  'registered for good, the stores not to be read': async (world) => {
    await registerForGood(world)
    world.blind = new VicnfsError('VN-VICMACHINE-LOGIN', 'The login was refused.')
  },
  'registered for good, another VCH on record': async (world) => {
    await registerForGood(world)
    recordOther(world, '/exports/nfs-vol/theirs')
  },
  parked: park,
  'parked, and stopped': async (world) => {
    await park(world)
    change(world, {state: 'exited', rawState: 'exited'})
  },
  'parked, its volume in use elsewhere': async (world) => {
    await park(world)
    useVolume(world, 'nfs-vol', 'running')
  },
  'parked, its volume gone': async (world) => {
    await park(world)
    world.volumes.delete('nfs-vol')
  },
  'parked, no longer a store': async (world) => {
    await park(world)
    unregisterByOthers(world)
  },
  'parked, another VCH on record': async (world) => {
    await registerForGood(world)
    await teardown(world, {park: true})
    const {labels} = serverNow(world)
    const theirs = JSON.parse(labels[LABELS.records] ?? '') as {record: object}[]
    const record = {...theirs[0]?.record, vchName: 'other', vchId: 'vm-9', vcenter: 'elsewhere', endpoint: 'tcp://o:1'}
    change(world, {labels: {...labels, [LABELS.records]: JSON.stringify([...theirs, {folder: 'theirs', record}])}})
  },
  'parking cut off, old server stopped': async (world) => {
    await registerForGood(world)
    await killedAt(world, 'remove vicnfs-nfs-vol')
  },
  'parking cut off, address empty': async (world) => {
    await registerForGood(world)
    await killedAt(world, 'create vicnfs-nfs-vol')
  },
  'parking cut off, new server made': async (world) => {
    await registerForGood(world)
    await killedAt(world, 'start vicnfs-nfs-vol')
  },
  'un-parking cut off, address empty': async (world) => {
    await park(world)
    await killedAt(world, 'create vicnfs-nfs-vol', (dying) => exposeIn(dying))
  },
  'replacing cut off, new server made': async (world) => {
    await registerForGood(world)
    await killedAt(world, 'start vicnfs-nfs-vol', (dying) => exposeIn(dying, {recreate: {deleteVolume: false}}))
  },
}
