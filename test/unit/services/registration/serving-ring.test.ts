import {rm} from 'node:fs/promises'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {WorkEvent} from '../../../../src/model/event.js'
import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {exposeVolume} from '../../../../src/services/expose-volume.js'
import {registerStore} from '../../../../src/services/register-store.js'
import {fakeRunbookWorld, type FakeRunbookWorld} from '../../../helpers/fake-runbook-world.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const OF_A = shareRequest({name: 'of-a', address: '10.9.0.20', exportFolder: '/exports/of-a'})
const OF_B = shareRequest({name: 'of-b', address: '10.9.0.30', exportFolder: '/exports/of-b'})
const BACK = 'nfs://10.9.0.20/exports/of-a?uid=0&gid=0:back'

let directory: string
let world: FakeRunbookWorld
let notes: string[]

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = await fakeRunbookWorld(directory, ['a', 'b'])
  notes = []
  await exposeVolume({request: OF_A, volume: {name: 'of-a', create: true}}, world.adapters.one('a'), {})
})
afterEach(() => rm(directory, {recursive: true}))

const onEvent = (event: WorkEvent): void => {
  if (event.type === 'note') notes.push(`${event.level}: ${event.text}`)
}

/** The record of `b` on the share of `a`, written when it was registered. */
function recordOfB(endpoint = 'tcp://b.invalid:2376'): void {
  const fields = {vchName: 'b', vchId: 'vm-b', vcenter: 'elsewhere', endpoint, label: 'back', path: '/exports/of-a'}
  const text = JSON.stringify({schemaVersion: 1, ...fields, uid: 0, gid: 0, writtenAt: '2026-01-01'})
  world.vchs['a']!.files.set('/exports/of-a/.vicnfs/consumer.json', Buffer.from(text))
}

/** vic-machine, as it is set for `a`, shows `b` with these stores as well. */
async function vicMachineShowsB(stores: readonly string[]): Promise<void> {
  const one = world.adapters.one('a')
  const access = await one.vicMachine()
  const {program} = access
  const row = {id: 'vm-b', name: 'b', path: '/dc', version: 'v1.5.8', upgradeStatus: ''}
  const shown: typeof program = {
    ...program,
    list: () => Promise.resolve([{...row, id: 'vm-old'}, row]),
    async inspect(selector, options) {
      const seen = await program.inspect(selector, options)
      return selector.id === 'vm-b' ? {...seen, dockerHost: 'b.invalid:2376'} : seen
    },
    async inspectConfig(selector, options) {
      const seen = await program.inspectConfig(selector, options)
      return selector.id === 'vm-b' ? {...seen, stores: stores.map(parseStoreArgument)} : seen
    },
  }
  Object.assign(one, {vicMachine: () => Promise.resolve({...access, program: shown})})
}

/** The share of `b` becomes a store of `a`. */
const expose = (consents = CONSENTS) =>
  exposeVolume(
    {request: OF_B, volume: {name: 'of-b', create: true}, register: {label: 'there', consents}},
    world.adapters.pair('b', 'a'),
    {onEvent},
  )
const register = (from: Parameters<typeof registerStore>[0]['from'], consents = CONSENTS) =>
  registerStore({label: 'there', from, consents, dryRun: true}, world.adapters.pair('b', 'a'), {onEvent})
const isRefused = {code: 'VN-SERVE-EACH-OTHER', exitCode: 3, details: {ring: ['a', 'b']}}
// This world has no second container that could say what the first one wrote.
const goesOn = {code: 'VN-VERIFY-FAILED'}

describe('a share of a VCH that has a store on the consumer VCH', () => {
  it('is refused before anything is made, by the record on the share, with the way on and the way out', async () => {
    recordOfB()
    world.did.length = 0
    await expect(expose()).rejects.toMatchObject({
      ...isRefused,
      message: expect.stringContaining('"a" needs "b" to boot, and "b" needs "a"'),
      reason: expect.stringContaining('share "of-a" of "a" says that it is the store "back" of "b"'),
      tries: [
        'vicnfs expose-volume of-b --image vicnfs/server:1 --ip 10.9.0.30 --create --register there --allow-self-hosted',
      ],
      recovery: [expect.stringMatching(/power the VMs/)],
    })
    expect(world.did).toEqual([])
  })

  it.each([
    ['there is no record', () => world.vchs['a']!.files.clear()],
    ['the record is of another VCH', () => recordOfB('tcp://c.invalid:2376')],
    ['the server VCH is of a release that boots without its stores', () => old('b')],
    ['the consumer VCH is', () => old('a')],
  ])('goes on where %s', async (_why, change: () => unknown) => {
    recordOfB()
    await change()
    await expect(expose()).rejects.toMatchObject(goesOn)
    expect(world.did).toContain('a: configure')
  })

  it('goes on with the consent that covers a VCH which serves itself', async () => {
    recordOfB()
    await expect(expose({...CONSENTS, allowSelfHosted: true})).rejects.toMatchObject(goesOn)
  })

  it('is refused by register-store, also when named by its URL', async () => {
    recordOfB()
    await exposeVolume({request: OF_B, volume: {name: 'of-b', create: true}}, world.adapters.one('b'), {})
    await expect(register({share: 'of-b'})).rejects.toMatchObject(isRefused)
    const url = 'nfs://10.9.0.30/exports/of-b?uid=0&gid=0'
    await expect(register({url})).rejects.toMatchObject(isRefused)
    // The control: what another machine serves closes no ring.
    const foreign = register({url: url.replace('.30', '.77')}, {...CONSENTS, addressReserved: true})
    await expect(foreign).resolves.toMatchObject({outcome: 'planned'})
  })
})

async function old(key: string): Promise<void> {
  const one = world.adapters.one(key)
  for (const api of [one.server, one.consumer]) {
    const real = {...api}
    Object.assign(api, {info: async () => ({...(await real.info()), version: '1.5.0'})})
  }
  if (key !== 'a') return
  const {program} = await one.vicMachine()
  const real = {...program}
  const inspect: typeof real.inspect = async (...call) => ({...(await real.inspect(...call)), vchVersion: '1.5.0'})
  Object.assign(program, {version: () => Promise.resolve('1.5.0'), inspect})
}

describe('what vic-machine shows of the server VCH', () => {
  it('counts without a record', async () => {
    await vicMachineShowsB([BACK])
    const reason = expect.stringContaining('vic-machine shows "back" of "b" at an address of "a"')
    await expect(expose()).rejects.toMatchObject({...isRefused, reason})
  })

  it('counts more than a record that was left behind', async () => {
    recordOfB()
    await vicMachineShowsB([BACK.replace('.20', '.21')])
    await expect(expose()).rejects.toMatchObject(goesOn)
  })
})

describe('a ring over a third VCH', () => {
  const OF_C = shareRequest({name: 'of-c', address: '10.9.0.40', exportFolder: '/exports/of-c'})
  const DEFAULT = 'ds://datastore1/volumes:default'
  const on = (host: string, share: string) => `nfs://${host}/exports/${share}?uid=0&gid=0:by-${share}`

  /** The journal has it that a VCH got a store, of which it has the address or not by now. */
  async function registered(key: string, store: string, isThere = true): Promise<void> {
    const {journal} = world.adapters.one('a')
    const keys = [`endpoint:tcp://${key}.invalid:2376`, `vm:vcenter.invalid/vm-${key}`]
    const vch = {keys, name: key, id: `vm-${key}`}
    const data = {storesBefore: [DEFAULT], storesAfter: [DEFAULT, store], vicVersion: '1.5.8'}
    const of = await journal.append({kind: 'intent', action: 'configure', vch, data})
    await journal.append({kind: 'result', action: 'configure', vch, of, data: {state: 'completed'}})
    shown.set(`vm-${key}`, isThere ? [DEFAULT, store] : [DEFAULT])
  }
  const shown = new Map<string, string[]>()

  beforeEach(async () => {
    shown.clear()
    const other = await fakeRunbookWorld(directory, ['c'])
    await exposeVolume({request: OF_C, volume: {name: 'of-c', create: true}}, other.adapters.one('c'), {})
    const one = world.adapters.one('a')
    const access = await one.vicMachine()
    const inspectConfig: typeof access.program.inspectConfig = async ({id = ''}, options) => {
      const seen = await access.program.inspectConfig({id: 'vm-a'}, options)
      const stores = shown.get(id)
      return stores === undefined ? seen : {...seen, stores: stores.map(parseStoreArgument)}
    }
    Object.assign(one, {vicMachine: () => Promise.resolve({...access, program: {...access.program, inspectConfig}})})
  })

  it('is found by the journal, which knows who serves what', async () => {
    await registered('b', on('10.9.0.40', 'of-c'))
    await registered('c', on('10.9.0.20', 'of-a'))
    await expect(expose()).rejects.toMatchObject({
      code: 'VN-SERVE-EACH-OTHER',
      message: expect.stringContaining('"a" needs "b" to boot, "b" needs "c", and "c" needs "a"'),
      reason: expect.stringContaining('the journal of this machine'),
      details: {ring: ['a', 'b', 'c']},
    })
    await expect(expose({...CONSENTS, allowSelfHosted: true})).rejects.toMatchObject(goesOn)
  })

  it.each([
    ['the third VCH needs somebody else', on('10.9.0.99', 'of-a'), true],
    ['vic-machine shows that the third VCH has its store no more', on('10.9.0.20', 'of-a'), false],
  ])('is none where %s', async (_why, store, isThere) => {
    await registered('b', on('10.9.0.40', 'of-c'))
    await registered('c', store, isThere)
    await expect(expose()).rejects.toMatchObject(goesOn)
  })
})

describe('what cannot be known', () => {
  it('is said, and no more than that', async () => {
    world.vchs['a']!.files.set('/exports/of-a/.vicnfs/consumer.json', Buffer.from('?'))
    await expect(expose()).rejects.toMatchObject(goesOn)
    const said = notes.filter((note) => /warning: It is not known whether "b" needs "a".*"of-a"/.test(note))
    expect(said).toHaveLength(1)
  })

  it('is not spoken of where the consumer VCH serves nothing', async () => {
    world.vchs['a']!.containers.clear()
    await expect(expose()).rejects.toMatchObject(goesOn)
    expect(notes.join()).not.toContain('not known')
  })
})
