import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {appendFile, mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {identify} from '../../../../src/vic-machine/process-identity.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'
import {GONE, holdLock, LATER, LONG_AGO} from '../../../helpers/held-lock.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {addShare, statusWorld, type StatusWorld} from '../../../helpers/status-world.js'

const ADDRESS = '10.9.0.40'
const ARGUMENT = `nfs://${ADDRESS}/exports/nfs-vol?uid=0&gid=0:nfs-vol-store`
const CONSUMER = {keys: ['endpoint:tcp://consumer:2376'], name: 'consumer', id: 'vm-7'}
const AGAIN = 'vicnfs register-store nfs-vol-store --share nfs-vol --reset-progress --yes'

let directory: string
let world: StatusWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = statusWorld(directory, {vicMachine: false})
  addShare(world, 'nfs-vol', ADDRESS)
})
afterEach(() => rm(directory, {recursive: true}))

async function configure(end: {readonly state?: string; readonly vicVersion?: string} = {}): Promise<string> {
  const {journal} = world.adapters
  const data = {
    storesBefore: [],
    storesAfter: [ARGUMENT],
    addedLabels: ['nfs-vol-store'],
    addedStores: [ARGUMENT],
    wayOuts: [{start: '', again: AGAIN}],
    vicVersion: end.vicVersion ?? '1.5.8',
  }
  const of = await journal.append({kind: 'intent', action: 'configure', vch: CONSUMER, data})
  const {state} = end
  if (state !== undefined) await journal.append({kind: 'result', action: 'configure', of, vch: CONSUMER, data: {state}})
  return of
}

async function served(): Promise<void> {
  const data = {share: 'nfs-vol', address: ADDRESS, path: '/exports/nfs-vol'}
  const vch = {keys: ['endpoint:tcp://server:2376']}
  await world.adapters.journal.append({kind: 'intent', action: 'server-create', vch, data})
}

describe('the journal of this machine', () => {
  it('names the store of a server container that is gone, where vic-machine was not asked', async () => {
    await served()
    world.server.containers.pop()
    world.server.volumes.pop()
    world.dead.add(ADDRESS)
    // Without it nobody knows.
    expect((await world.status()).shares).toEqual([])
    await configure({state: 'completed'})
    expect((await world.status()).shares).toMatchObject([
      {
        name: 'nfs-vol',
        verdict: 'danger',
        server: {state: 'gone'},
        stores: [{label: 'nfs-vol-store', from: 'journal'}],
      },
    ])
  })

  it.each(['refused', 'never-started', 'undone', 'rolled-back'])(
    'knows of no store after a change that was %s',
    async (state) => {
      world.server.containers.pop()
      await configure({state})
      expect((await world.status()).shares).toEqual([])
    },
  )

  it('tells a change whose end nobody saw, with the command that goes on', async () => {
    await configure()
    expect((await world.status()).findings).toMatchObject([{word: 'change-open', severity: 'drift', tries: [AGAIN]}])
  })

  it('tells a change that a run of vicnfs is still at after vic-machine', async () => {
    await configure()
    await holdLock(directory, 'endpoint:tcp://consumer:2376', LONG_AGO)
    const text = expect.stringMatching(/^`vicnfs teardown` \(process \d+ .* is at work on "consumer": a configure/)
    expect((await world.status()).findings).toMatchObject([{word: 'change-running', text, tries: []}])
    // One that came later has not begun it.
    await holdLock(directory, 'endpoint:tcp://consumer:2376', LATER)
    expect((await world.status()).findings).toMatchObject([{word: 'change-open', tries: [AGAIN]}])
  })

  describe('on an exchange of a server', () => {
    const vch = {keys: ['endpoint:tcp://server:2376']}
    const choice = {network: 'storage-net', external: true, address: ADDRESS, ownAddress: null}
    const served = {role: 'server', request: shareRequest({address: ADDRESS}), choice}
    const parked = {...served, role: 'parked'}
    const begin = (from: object, to: object): Promise<string> => {
      const data = {share: 'nfs-vol', run: 'r', from, to, stores: []}
      return world.adapters.journal.append({kind: 'intent', action: 'server-exchange', vch, data})
    }
    const [serve, park] = [
      `vicnfs expose-volume nfs-vol --image vicnfs/server:1 --ip ${ADDRESS}`,
      'vicnfs teardown nfs-vol --park',
    ]

    it('tells the run that is at it, and that it is to be let end', async () => {
      await begin(served, parked)
      await holdLock(directory, 'endpoint:tcp://server:2376', LONG_AGO)
      const text = expect.stringMatching(
        /^"nfs-vol" is being parked, for .*, by `vicnfs teardown` \(process \d+ on .*, since 2026-01-01T.*Let it end/,
      )
      expect((await world.status()).findings).toMatchObject([
        {word: 'change-running', severity: 'drift', text, tries: []},
      ])
    })

    it.each([
      [
        'that lives, and has no other command for it',
        LONG_AGO,
        [],
        /It is being exchanged by `vicnfs .*: let it end\.$/,
      ],
      [
        'that is gone, and has the command that serves it',
        {...LONG_AGO, ...GONE},
        ['vicnfs expose-volume nfs-vol --image vicnfs/server:1'],
        /ended with exit code/,
      ],
    ] as const)('tells of the stopped server of a run %s', async (_title, holder, tries, text) => {
      const [container] = world.server.containers
      world.server.containers[0] = {
        ...(container as NonNullable<typeof container>),
        state: 'exited',
        rawState: 'exited',
      }
      await begin(served, parked)
      await holdLock(directory, 'endpoint:tcp://server:2376', holder)
      const [finding] = (await world.status()).shares[0]?.findings ?? []
      expect(finding).toMatchObject({word: 'server-down', text: expect.stringMatching(text)})
      expect(finding?.tries.slice(0, 1)).toEqual(tries)
    })

    it('tells one whose run is gone, with the commands that end it', async () => {
      const of = await begin(served, parked)
      const text = expect.stringMatching(/^"nfs-vol" was being parked .* ago, and the run that did it is gone/)
      const finding = {word: 'change-open', severity: 'drift', text, tries: [park, serve]}
      expect((await world.status()).findings).toMatchObject([finding])
      await holdLock(directory, 'endpoint:tcp://server:2376', {...LONG_AGO, ...GONE})
      expect((await world.status()).findings).toMatchObject([finding])
      await world.adapters.journal.append({kind: 'result', action: 'server-exchange', of, vch, data: {outcome: 'done'}})
      expect((await world.status()).findings).toEqual([])
    })

    it('tells of a later run that it is at work on the VCH, and not that it did it', async () => {
      await begin(parked, served)
      await holdLock(directory, 'endpoint:tcp://server:2376', LATER)
      const text = expect.stringMatching(/being un-parked .* is gone .*At work on the VCH right now: `vicnfs teardown`/)
      expect((await world.status()).findings).toMatchObject([{word: 'change-open', text, tries: [serve, park]}])
    })

    it('offers only what stood there before where one server was to replace another', async () => {
      await begin(served, {...served, request: shareRequest({address: ADDRESS, uid: 7})})
      const text = expect.stringContaining('being given a new server container')
      expect((await world.status()).findings).toMatchObject([{text, tries: [serve]}])
      await begin(served, {...served, request: shareRequest({address: ADDRESS, name: 'bigger'})})
      expect((await world.status()).findings).toMatchObject([{}, {text: expect.stringContaining('moved to "bigger"')}])
    })
  })

  it('tells a vic-machine that is at work', async () => {
    const folder = path.join(directory, 'changes', await configure())
    await mkdir(folder, {recursive: true})
    const self = await identify(process.pid)
    await writeFile(path.join(folder, 'started.json'), JSON.stringify({runner: self, vicMachine: self}))
    expect((await world.status()).findings).toMatchObject([
      {word: 'change-running', text: expect.stringContaining(`pid ${process.pid}`)},
    ])
  })

  it('tells a VCH of another release than at its last change', async () => {
    await configure({state: 'completed', vicVersion: '1.5.6'})
    expect((await world.status()).findings).toMatchObject([{word: 'version-changed'}])
  })

  it('is only missed where it cannot be read', async () => {
    await appendFile(path.join(directory, 'journal.jsonl'), 'half a li')
    expect((await world.status()).notAsked.map(({what}) => what)).toEqual(['vic-machine'])
    await rm(path.join(directory, 'journal.jsonl'))
    await mkdir(path.join(directory, 'journal.jsonl'))
    const {shares, notAsked} = await world.status()
    expect(shares).toMatchObject([{name: 'nfs-vol', verdict: 'ok'}])
    expect(notAsked.map(({what}) => what)).toEqual(['vic-machine', 'journal'])
  })
})
