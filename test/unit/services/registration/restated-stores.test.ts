import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {runWork} from '../../../../src/engine/work.js'
import {shareLabels} from '../../../../src/model/share.js'
import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import type {ShareAddress} from '../../../../src/nfs/preflight/report.js'
import {identifyConsumer} from '../../../../src/services/registration/identify-consumer.js'
import {RUNG_TITLES} from '../../../../src/nfs/preflight/rung-titles.js'
import {refuseDeadStores, requireStillAlive} from '../../../../src/services/registration/restated-stores.js'
import {fakeWorld, shareRequest, type FakeWorld} from '../../../helpers/fake-world.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'

let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})
afterEach(() => rm(directory, {recursive: true}))

const storeOf = (name: string): string => `nfs://10.9.0.9/exports/${name}?uid=0&gid=0:${name}`
const pathOf = (name: string): string => `/exports/${name}`

/** A world with these NFS stores; of some the look from here ends with a code. */
function worldWith(stores: readonly string[], codes: Readonly<Record<string, string>>, version = '1.5.8') {
  const world = fakeWorld(directory, {version})
  world.stores.push(...stores.map(storeOf))
  const looks: {readonly place: ShareAddress; readonly options: unknown}[] = []
  const {nfs} = world.adapters
  Object.assign(nfs, {
    preflight(place: ShareAddress, options: {readonly readOnly?: boolean}) {
      looks.push({place, options})
      const code = codes[place.path.replace('/exports/', '')]
      const rung = {id: 'portmap', title: 'Ask the port mapper', durationMs: 1, finding: 'it is so'}
      const rungs = [code === undefined ? {...rung, state: 'passed'} : {...rung, state: 'failed', code}]
      return Promise.resolve({...place, passed: code === undefined, readOnly: options.readOnly, rungs})
    },
  })
  return {world, looks}
}

async function look(world: FakeWorld, options: {fromVch?: {image: string}; onLook?: () => void} = {}) {
  const notes: string[] = []
  const stores = world.stores.map(parseStoreArgument)
  const run = runWork(
    async (work) => {
      const vch = await identifyConsumer(world.adapters, {work})
      const alive = await refuseDeadStores(world.adapters, vch, {stores, work, fromVch: options.fromVch})
      options.onLook?.()
      await requireStillAlive(world.adapters, vch, {stores: alive, signal: work.signal})
      return alive.map(({label}) => label)
    },
    {onEvent: (event) => void (event.type === 'note' && event.level === 'warning' && notes.push(event.text))},
  )
  return {alive: await run, notes}
}

describe('the other NFS stores of a VCH that is to be restarted', () => {
  it('are looked at without a change to them, datastores not at all; all alive is no news', async () => {
    const {world, looks} = worldWith(['one', 'two'], {})
    expect(await look(world)).toEqual({alive: ['one', 'two'], notes: []})
    expect(looks.map(({place}) => place.path)).toEqual(['one', 'two', 'one', 'two'].map(pathOf))
    expect(looks.every(({options}) => (options as {readOnly?: boolean}).readOnly)).toBe(true)
  })

  it.each(['VN-NFS-REFUSED', 'VN-NFS-NO-ANSWER', 'VN-NFS-NO-NFSD', 'VN-NFS-NOT-EXPORTED', 'VN-NFS-MNT-NOENT'])(
    'refuse the restart from VIC 1.5.2 on, where one of them is dead for everybody: %s',
    async (code) => {
      const {world} = worldWith(['one', 'two'], {two: code})
      await expect(look(world)).rejects.toMatchObject({
        code: 'VN-STORE-DEAD',
        exitCode: 3,
        message: 'The server of the store "two" of "consumer" is not there, so the VCH would not boot again.',
        reason: expect.stringMatching(
          /^nfs:\/\/10\.9\.0\.9\/exports\/two\?uid=0&gid=0: Ask the port mapper failed: it is/,
        ),
        tries: ["vicnfs preflight 'nfs://10.9.0.9/exports/two?uid=0&gid=0' --read-only"],
        details: {stores: [{label: 'two', url: 'nfs://10.9.0.9/exports/two?uid=0&gid=0', code, rung: 'portmap'}]},
      })
    },
  )

  it('are left out in silence before that, which is said', async () => {
    const {world} = worldWith(['one', 'two'], {two: 'VN-NFS-REFUSED'}, '1.4.3')
    const {alive, notes} = await look(world)
    expect(alive).toEqual(['one'])
    expect(notes).toEqual([
      expect.stringMatching(/"two" .* is not there; "consumer" will leave the store out in silence/),
    ])
  })

  it.each(['VN-NFS-UNREACHABLE', 'VN-NFS-TIMEOUT', 'VN-NFS-NAME', 'VN-NFS-MNT-ACCES', 'VN-NFS-SECURE-EXPORT'])(
    'do not count as dead where that may only seem so from this machine: %s',
    async (code) => {
      const {world} = worldWith(['one', 'two'], {two: code})
      const {alive, notes} = await look(world)
      expect(alive).toEqual(['one'])
      expect(notes).toEqual([
        expect.stringMatching(/"two" .* cannot be seen from this machine \(register-store --from/),
      ])
    },
  )

  it('count as dead where the VCH does not list them as online either', async () => {
    const {world} = worldWith(['one', 'two'], {two: 'VN-NFS-TIMEOUT'})
    const info = await world.adapters.consumer.info()
    Object.assign(world.adapters.consumer, {info: () => Promise.resolve({...info, onlineStores: ['default', 'one']})})
    await expect(look(world)).rejects.toMatchObject({
      code: 'VN-STORE-DEAD',
      reason: expect.stringContaining('nor does the VCH list it as online'),
    })
  })

  it('are looked at again right before: a server that has died meanwhile is seen', async () => {
    const codes: Record<string, string> = {}
    const {world} = worldWith(['one'], codes)
    const onLook = (): void => void (codes['one'] = 'VN-NFS-REFUSED')
    await expect(look(world, {onLook})).rejects.toMatchObject({code: 'VN-STORE-DEAD'})
  })

  it('take hardly longer when they are many: eight side by side', async () => {
    const names = Array.from({length: 20}, (_, index) => `s${index}`)
    const {world} = worldWith(names, {})
    const plain = {...world.adapters.nfs}
    let [now, most] = [0, 0]
    Object.assign(world.adapters.nfs, {
      async preflight(place: ShareAddress, options: object) {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        now -= 1
        return plain.preflight(place, options)
      },
    })
    expect((await look(world)).alive).toEqual(names)
    expect(most).toBe(8)
  })
})

describe('a dead store of a server of ours', () => {
  const withServer = (state: 'exited' | 'running') => {
    const {world} = worldWith(['two'], {two: 'VN-NFS-REFUSED'})
    const request = shareRequest({name: 'two', exportFolder: '/exports/two'})
    const choice = {network: 'storage-net', external: true, address: '10.9.0.9', ownAddress: null}
    const common = {rawState: state, exitCode: 0, startedAt: '', env: [], mounts: [], publishedAddress: ''}
    const container = {...common, id: 'c2', name: 'vicnfs-two', image: request.image, state}
    world.containers.set('c2', {...container, labels: shareLabels(request, choice), addresses: {}})
    return world
  }

  it.each([
    ['that is stopped', 'exited', /^vicnfs expose-volume two /],
    ['that runs and does not serve', 'running', /^docker -H tcp:\/\/(server|consumer):2376 restart vicnfs-two$/],
  ] as const)('%s is brought back by a command that says how', async (_what, state, command) => {
    await expect(look(withServer(state))).rejects.toMatchObject({tries: [expect.stringMatching(command)]})
  })
})

describe('where the VCH may look in our place', () => {
  const fromVch = {image: 'image:1'}

  /** A log of share-check whose first rung fails so. */
  function logWith(code: string | undefined): string {
    const rungs = Object.entries(RUNG_TITLES).map(([id, title], index) => {
      const rung = {id, title, durationMs: 1, finding: 'seen by the VCH'}
      if (code === undefined) return {...rung, state: 'passed'}
      return index === 0 ? {...rung, state: 'failed', code} : {...rung, state: 'skipped'}
    })
    const report = {passed: code === undefined, privilegedPort: true, readOnly: true}
    return [...rungs.map((rung) => JSON.stringify({rung})), JSON.stringify({report})].join('\n')
  }

  /** Containers of the VCH say so of every store; the URLs that they were asked about. */
  function vchSays(world: FakeWorld, code: string | undefined): string[] {
    const asked: string[] = []
    const plain = {...world.adapters.consumer}
    Object.assign(world.adapters.consumer, {
      createContainer(request: {command: readonly string[]}) {
        asked.push(request.command.filter((word) => word !== 'share-check').join(' '))
        return plain.createContainer(request as never)
      },
      containerLogs: () => Promise.resolve(logWith(code)),
      waitContainer: () => Promise.resolve(code === undefined ? 0 : 5),
    })
    return asked
  }

  it.each(['VN-NFS-TIMEOUT', 'VN-NFS-REFUSED'])(
    'its word counts for what this machine does not see alive, and only for that: %s',
    async (code) => {
      const {world} = worldWith(['one', 'two'], {two: code})
      const asked = vchSays(world, undefined)
      expect(await look(world, {fromVch})).toEqual({alive: ['one'], notes: []})
      expect(asked).toEqual(['--json --read-only --timeout 5 nfs://10.9.0.9/exports/two?uid=0&gid=0'])
      expect(world.containers.size).toBe(0)
    },
  )

  it('what it cannot reach either is dead', async () => {
    const {world} = worldWith(['one', 'two'], {two: 'VN-NFS-TIMEOUT'})
    vchSays(world, 'VN-NFS-TIMEOUT')
    await expect(look(world, {fromVch})).rejects.toMatchObject({
      code: 'VN-STORE-DEAD',
      reason: expect.stringContaining('seen by the VCH'),
    })
    expect(world.containers.size).toBe(0)
  })
})
