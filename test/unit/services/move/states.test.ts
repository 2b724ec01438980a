import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import type {OnEvent} from '../../../../src/model/event.js'
import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {moveShare, type MoveResult} from '../../../../src/services/move-share.js'
import {
  emptyAddresses,
  exchangeWorld,
  exposeIn,
  makeFastDirectory,
  serverNow,
  type ExchangeWorld,
} from '../../../helpers/exchange-world.js'
import {killedAt, SHARE_STATES} from '../../../helpers/share-states.js'

const CONSENTS = {resetProgress: false, noRollback: false}

/** What `move-share` leads to: its outcome, or the refusal. */
const TABLE: Readonly<Record<string, string>> = {
  'no volume': 'VN-SHARE-NO-SERVER',
  'volume only': 'VN-SHARE-NO-SERVER',
  'volume with a container of somebody': 'VN-SHARE-NO-SERVER',
  served: 'moved',
  'served, with a client connected': 'VN-IN-USE',
  'served, and stopped': 'VN-SERVER-DOWN',
  'served, another VCH on record': 'VN-OTHER-CONSUMER',
  registered: 'moved',
  'registered, with a volume in use': 'VN-IN-USE',
  'registered, with a container at rest': 'moved',
  'registered, and stopped': 'VN-SERVER-DOWN',
  'registered, server gone': 'VN-SHARE-NO-SERVER',
  'registered for good': 'moved',
  'registered for good, with a volume in use': 'VN-IN-USE',
  'registered for good, with a container at rest': 'moved',
  'registered for good, with a client connected': 'VN-IN-USE',
  'registered for good, at an address of the network': 'VN-NOT-PARKABLE',
  'registered for good, another VCH on record': 'VN-OTHER-CONSUMER',
  parked: 'VN-PARKED',
  'parked, and stopped': 'VN-PARKED',
  'parked, its volume in use elsewhere': 'VN-PARKED',
  'parked, its volume gone': 'VN-PARKED',
  'parked, no longer a store': 'VN-PARKED',
  'parked, another VCH on record': 'VN-PARKED',
  'parking cut off, old server stopped': 'moved',
  'parking cut off, address empty': 'moved',
  'parking cut off, new server made': 'VN-PARKED',
}

let directory: string
let world: ExchangeWorld

beforeEach(async () => {
  directory = await makeFastDirectory()
  world = await exchangeWorld(directory)
})
afterEach(() => rm(directory, {recursive: true}))

const move = ({adapters}: ExchangeWorld): Promise<MoveResult> =>
  moveShare({volume: 'nfs-vol', to: {name: 'larger', create: true}, consents: CONSENTS}, adapters, {})
async function endOf(): Promise<string> {
  try {
    return (await move(world)).outcome
  } catch (error) {
    return (error as {code?: string}).code ?? String(error)
  }
}
const servers = (): string[] =>
  [...world.containers.values()].map(({name}) => name).filter((name) => name.startsWith('vicnfs-'))
const files = (): string[] => [...world.files.keys()].filter((path) => !path.includes('.vicnfs-move'))

describe('a share in a state, and its move', () => {
  it('is a state that there is', () => {
    expect(Object.keys(SHARE_STATES)).toEqual(expect.arrayContaining(Object.keys(TABLE)))
  })

  it.each(Object.entries(TABLE))('%s → %s', async (state, end) => {
    await SHARE_STATES[state]?.(world)
    const [empty, volumes, kept, before] = [emptyAddresses(world), [...world.volumes.keys()], files(), servers()]
    expect(await endOf()).toBe(end)
    // S4: no store has lost its server; S1: the old volume is there, and nothing on it is gone.
    expect(empty).toEqual(expect.arrayContaining(emptyAddresses(world)))
    const moved = end === 'moved'
    expect([...world.volumes.keys()].sort()).toEqual([...volumes, ...(moved ? ['larger'] : [])].sort())
    expect(files()).toEqual(kept)
    if (moved) expect(servers()).toEqual(['vicnfs-larger'])
    else if (!state.includes('cut off')) expect(servers()).toEqual(before)
  })
})

const MARK = '/exports/nfs-vol/.vicnfs-move'

/** A copy leaves its mark; each step of it can be the last one of its run. */
function withMark(marked: ExchangeWorld): ExchangeWorld {
  const {nfs} = marked.adapters
  const marking: typeof nfs = {
    ...nfs,
    async transferShare(...args) {
      marked.onChange('copy')
      marked.files.set(MARK, 'directory')
      marked.files.set(`${MARK}/copy-of.json`, Buffer.from('{}'))
      return nfs.transferShare(...args)
    },
    async openShare(place, options) {
      const session = await nfs.openShare(place, options)
      return {
        ...session,
        async removeFile(file) {
          if (file.includes('copy-of')) marked.onChange('unmark')
          await session.removeFile(file)
        },
      }
    },
  }
  return Object.assign(Object.create(marked) as ExchangeWorld, {adapters: {...marked.adapters, nfs: marking}})
}

describe('a move that was killed', () => {
  it.each([
    ...['create vicnfs-larger', 'start vicnfs-larger', 'copy', 'stop vicnfs-larger', 'remove vicnfs-larger'],
    ...['stop vicnfs-nfs-vol', 'remove vicnfs-nfs-vol', 'create vicnfs-larger again', 'start vicnfs-larger again'],
    'unmark',
  ])('at "%s" is brought to its end by the next run', async (at) => {
    await SHARE_STATES['registered for good']?.(world)
    const address = Object.values(serverNow(world).addresses)[0]
    const kept = files()
    const seen = new Set<string>()
    const isDue = (what: string): boolean => {
      const text = seen.has(what) ? `${what} again` : what
      seen.add(what)
      return text === at
    }
    await killedAt(world, isDue, (dead) => move(withMark(dead)))
    // The address is empty only between the stop of the old server and the start of the new one.
    const isBetween = ['remove vicnfs-nfs-vol', 'create vicnfs-larger again', 'start vicnfs-larger again'].includes(at)
    expect(emptyAddresses(world)).toHaveLength(isBetween ? 1 : 0)
    const end = await move(withMark(world))
    // Only the end of the exchange makes a run the one that has moved the share.
    expect(end.outcome).toBe(at === 'unmark' ? 'unchanged' : 'moved')
    expect([servers(), emptyAddresses(world), files()]).toEqual([['vicnfs-larger'], [], kept])
    expect(Object.values([...world.containers.values()][0]?.addresses ?? {})).toEqual([address])
    expect([...world.volumes.keys()].sort()).toEqual(['larger', 'nfs-vol'])
    expect([...world.files.keys()].filter((path) => path.startsWith(MARK))).toEqual([])
    expect(await move(world)).toMatchObject({outcome: 'unchanged', stores: ['nfs-store']})
  })
})

describe('a move', () => {
  const notes: string[] = []
  const moving = (moved: ExchangeWorld, signal?: AbortSignal): Promise<MoveResult> => {
    const onEvent: OnEvent = (event) => {
      if (event.type === 'note' && event.level === 'warning') notes.push(event.text)
    }
    const options = {volume: 'nfs-vol', to: {name: 'larger', create: true}, consents: CONSENTS}
    return moveShare(options, moved.adapters, {onEvent, ...(signal === undefined ? {} : {signal})})
  }
  const intercepted = (transferShare: ExchangeWorld['adapters']['nfs']['transferShare']): ExchangeWorld => {
    const {adapters} = world
    return {...world, adapters: {...adapters, nfs: {...adapters.nfs, transferShare}}}
  }
  beforeEach(async () => {
    notes.length = 0
    await SHARE_STATES['registered, with a container at rest']?.(world)
  })

  it('names the containers that can be started', async () => {
    expect(await moving(world)).toMatchObject({stores: ['nfs-store'], containers: ['user-of-data']})
    expect(notes).toEqual([])
  })

  it('does not take the place of a share that somebody wrote to after it was copied', async () => {
    const {adapters} = world
    const wrote = intercepted(async (...args) => {
      const copied = await adapters.nfs.transferShare(...args)
      world.digest = 'written to by a container that came and went'
      return copied
    })
    const details = {servedAsBefore: true}
    await expect(moving(wrote)).rejects.toMatchObject({code: 'VN-MOVE-DIFFERS', details})
    expect([servers(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
    expect(notes.join()).toContain('can be started again')
    expect(await moving(world)).toMatchObject({outcome: 'moved'})
  })

  it('does not say that a share is served as before whose server does not answer any more', async () => {
    const dead = intercepted(() => {
      world.serves = ({name}) => name !== 'vicnfs-nfs-vol'
      return Promise.reject(new VicnfsError('VN-MOVE-FAILED', 'It went away.'))
    })
    const details = {servedAsBefore: false}
    await expect(moving(dead)).rejects.toMatchObject({code: 'VN-MOVE-FAILED', details})
    expect(notes.join()).toMatch(/cannot be mounted from here right now: leave stopped/)
    expect(notes.join()).not.toContain('can be started again')
  })

  it('does not take the place of a share while a container that was started meanwhile runs', async () => {
    const {adapters} = world
    const started = intercepted((...args) => {
      const [user] = [...world.containers.values()].filter(({name}) => name === 'user-of-data')
      if (user !== undefined) world.containers.set(user.id, {...user, state: 'running', rawState: 'running'})
      return adapters.nfs.transferShare(...args)
    })
    await expect(moving(started)).rejects.toMatchObject({code: 'VN-IN-USE'})
    expect([servers(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
  })

  it('that is stopped while it copies takes its server away, also one of an earlier run, and says what serves', async () => {
    await killedAt(world, 'copy', (dead) => move(withMark(dead)))
    expect(servers().sort()).toEqual(['vicnfs-larger', 'vicnfs-nfs-vol'])
    const stop = new AbortController()
    const stopped = intercepted(() => {
      stop.abort(new Error('Ctrl-C'))
      return Promise.reject(stop.signal.reason as Error)
    })
    await expect(moving(stopped, stop.signal)).rejects.toMatchObject({code: 'VN-INTERRUPTED'})
    expect([servers(), emptyAddresses(world)]).toEqual([['vicnfs-nfs-vol'], []])
    expect([...world.volumes.keys()]).toContain('larger')
    expect(notes.join()).toMatch(/"nfs-vol" is served as before: containers .* can be started again/)
  })

  it('of another VCH, whose volumes have the same names, is not taken for one of this', async () => {
    world = await exchangeWorld(directory)
    await exposeIn(world, {create: true, parts: {name: 'larger', exportFolder: '/exports/larger'}})
    const of = (name: string) => ({role: 'server', request: {name}})
    const vch = {keys: ['endpoint:tcp://elsewhere:2376']}
    const data = {share: 'larger', run: 'r', from: of('nfs-vol'), to: of('larger'), stores: []}
    const {journal} = world.adapters
    const intent = await journal.append({kind: 'intent', action: 'server-exchange', vch, data})
    await journal.append({kind: 'result', action: 'server-exchange', vch, of: intent, data: {outcome: 'done'}})
    await expect(moving(world)).rejects.toMatchObject({code: 'VN-SHARE-NO-SERVER'})
  })

  it('of a share with a folder of its own is known the second time, and told from one that is down', async () => {
    world = await exchangeWorld(directory)
    await exposeIn(world, {create: true, parts: {exportFolder: '/srv/ours'}})
    await moving(world)
    expect(await moving(world)).toMatchObject({outcome: 'unchanged', url: expect.stringContaining('/srv/ours')})
    for (const [id, container] of world.containers)
      world.containers.set(id, {...container, state: 'exited', rawState: 'exited'})
    await expect(moving(world)).rejects.toMatchObject({code: 'VN-SERVER-DOWN'})
  })
})
