import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {appendFile, mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {identify} from '../../../../src/vic-machine/process-identity.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'
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

  it('tells an exchange of a server that has not ended, with the command that ends it', async () => {
    const {journal} = world.adapters
    const vch = {keys: ['endpoint:tcp://server:2376']}
    const request = shareRequest({address: ADDRESS})
    const choice = {network: 'storage-net', external: true, address: ADDRESS, ownAddress: null}
    const from = {role: 'server', request, choice}
    const data = {share: 'nfs-vol', run: 'r', from, to: {...from, role: 'parked'}, stores: []}
    const of = await journal.append({kind: 'intent', action: 'server-exchange', vch, data})
    const tries = [`vicnfs expose-volume nfs-vol --image vicnfs/server:1 --ip ${ADDRESS}`]
    const text = expect.stringContaining('server container of "nfs-vol" was begun')
    expect((await world.status()).findings).toMatchObject([{word: 'change-open', severity: 'drift', text, tries}])
    await journal.append({kind: 'result', action: 'server-exchange', of, vch, data: {outcome: 'restored'}})
    expect((await world.status()).findings).toEqual([])
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
