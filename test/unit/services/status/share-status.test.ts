import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {readdir, rm} from 'node:fs/promises'

import type {ShareStatus, StatusReport} from '../../../../src/model/status-report.js'
import {LABELS, ROLE_PARKED} from '../../../../src/model/share.js'
import type {VchContainer} from '../../../../src/vch/vch-api.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'
import {
  addShare,
  container,
  record,
  serverContainer,
  statusWorld,
  type StatusWorld,
} from '../../../helpers/status-world.js'

const ADDRESS = '10.9.0.40'
let directory: string
let world: StatusWorld

beforeEach(async () => {
  directory = await makeTempDirectory()
  world = statusWorld(directory)
  addShare(world, 'nfs-vol', ADDRESS)
})
afterEach(() => rm(directory, {recursive: true}))

const words = (share: ShareStatus | undefined): string[] => (share?.findings ?? []).map(({word}) => word)
const only = ({shares}: StatusReport): ShareStatus => {
  expect(shares).toHaveLength(1)
  return shares[0]!
}

describe('the report', () => {
  it('tells everything of a healthy share, and makes nothing', async () => {
    world.consumer.volumes.push({name: 'work', driver: 'vsphere', labels: {}, store: 'nfs-vol-store'})
    const mounts = [{volume: 'work', destination: '/data', readOnly: false}]
    world.consumer.containers.push(container('job', {mounts}))
    expect(await world.status()).toEqual({
      at: '2026-01-02T00:00:00.000Z',
      verdict: 'ok',
      vchs: [
        expect.objectContaining({roles: ['server'], name: 'server', api: 'running', version: '1.5.8'}),
        expect.objectContaining({roles: ['consumer'], name: 'consumer', api: 'running', error: null}),
      ],
      findings: [],
      notAsked: [],
      shares: [
        {
          name: 'nfs-vol',
          kind: 'volume',
          verdict: 'ok',
          server: {
            state: 'running',
            container: 'vicnfs-nfs-vol',
            image: 'vicnfs/server:1',
            startedAt: '2026-01-01T21:00:00Z',
            ageMs: 3 * 3_600_000,
          },
          address: ADDRESS,
          path: '/exports/nfs-vol',
          url: `nfs://${ADDRESS}/exports/nfs-vol?uid=0&gid=0`,
          mountable: true,
          stores: [
            {
              label: 'nfs-vol-store',
              vch: 'consumer',
              folder: '',
              registered: true,
              online: true,
              from: 'vic-machine',
              volumes: [{name: 'work', containers: [{name: 'job', state: 'running'}]}],
            },
          ],
          consumers: 1,
          space: {totalBytes: 1_000_000_000, usedBytes: 250_000_000, availableBytes: 750_000_000},
          findings: [],
        },
      ],
    })
    expect(await readdir(directory)).toEqual([])
  })

  it('finds the same without vic-machine, from the record, and says that it was not asked', async () => {
    const plain = statusWorld(directory, {vicMachine: false})
    addShare(plain, 'nfs-vol', ADDRESS)
    const report = await plain.status()
    expect(only(report)).toMatchObject({verdict: 'ok', stores: [{registered: true, online: true, from: 'record'}]})
    expect(report.notAsked).toEqual([{what: 'vic-machine', why: expect.stringContaining('where the store default of')}])
    expect(plain.asked).toEqual([])
  })

  it('shows the share of a folder for each VCH, also for one that is not asked', async () => {
    world.records.clear()
    world.stores = [`nfs://${ADDRESS}/exports/nfs-vol/web?uid=0&gid=0:nfs-vol-store`]
    const path = '/exports/nfs-vol'
    world.records.set(`${ADDRESS} ${path}/web`, record('nfs-vol-store', `${path}/web`))
    const batch = {vchName: 'batch', vchId: 'vm-9', endpoint: 'tcp://batch:2376'}
    world.records.set(`${ADDRESS} ${path}/batch`, record('b', `${path}/batch`, batch))
    expect(only(await world.status())).toMatchObject({
      verdict: 'ok',
      consumers: null,
      stores: [
        {label: 'nfs-vol-store', folder: 'web', registered: true, online: true},
        {label: 'b', folder: 'batch', vch: 'batch', registered: true, online: null, volumes: null},
      ],
    })
  })
})

describe('what is not as it should be', () => {
  it('is a store whose server container is gone, whose volume is known by its name', async () => {
    world.server.containers.pop()
    world.dead.add(ADDRESS)
    const share = only(await world.status())
    expect(share).toMatchObject({name: 'nfs-vol', verdict: 'danger', server: {state: 'gone', container: null}})
    expect(share.findings[0]).toMatchObject({
      word: 'server-gone',
      tries: [`vicnfs expose-volume nfs-vol --ip ${ADDRESS}`, expect.any(String)],
    })
  })

  it('is a container without labels in its place', async () => {
    world.server.containers.splice(0, 1, container('by-hand', {mounts: serverContainer('nfs-vol', ADDRESS).mounts}))
    expect(words(only(await world.status()))).toEqual(['recreated-by-hand'])
  })

  it('is no NFS server that vicnfs does not run, as long as it answers', async () => {
    world.stores.push('nfs://192.0.2.9/vol/data:nas')
    world.consumer.online.push('nas')
    const [nas] = (await world.status()).shares.filter(({name}) => name === null)
    expect(nas).toMatchObject({kind: 'store', server: {state: 'external'}, address: '192.0.2.9', mountable: true})
    // Nobody registered it through vicnfs, so it has no record.
    expect(words(nas)).toEqual([])
    world.dead.add('192.0.2.9')
    expect((await world.status()).shares.find(({name}) => name === null)).toMatchObject({verdict: 'danger'})
  })

  it('is a server that moved to another address', async () => {
    world.server.containers.splice(0, 1, {
      ...serverContainer('nfs-vol', ADDRESS),
      addresses: {'storage-net': '10.9.0.50'},
    })
    world.records.set('10.9.0.50 /exports/nfs-vol', record('nfs-vol-store', '/exports/nfs-vol'))
    expect(words(only(await world.status()))).toEqual(['address-changed'])
  })

  it('is not a store that was registered by another spelling of the address', async () => {
    world.stores.splice(1, 1, 'nfs://10.9.40/exports/nfs-vol?uid=0&gid=0:nfs-vol-store')
    expect(only(await world.status())).toMatchObject({verdict: 'ok', findings: []})
  })

  it('is a store at another spelling of another address', async () => {
    world.stores.splice(1, 1, 'nfs://10.9.41/exports/nfs-vol?uid=0&gid=0:nfs-vol-store')
    expect(words(only(await world.status()))).toEqual(['address-changed'])
  })

  it('is not a name that nobody here can resolve, as far as anybody can tell', async () => {
    world.stores.splice(1, 1, 'nfs://no..such/exports/nfs-vol?uid=0&gid=0:nfs-vol-store')
    expect(only(await world.status())).toMatchObject({verdict: 'ok', findings: []})
  })

  it('is a gone server of a store that has a name and an owner: it is asked for by address, with both', async () => {
    world.stores.splice(1, 1, 'nfs://10.9.40/exports/nfs-vol?uid=7&gid=8:nfs-vol-store')
    world.server.containers.pop()
    world.dead.add('10.9.40')
    const [finding] = only(await world.status()).findings
    expect(finding?.tries[0]).toBe(`vicnfs expose-volume nfs-vol --ip ${ADDRESS} --uid 7 --gid 8`)
  })

  it('is a store that its VCH does not use', async () => {
    world.consumer.online.pop()
    expect(words(only(await world.status()))).toEqual(['store-offline'])
  })

  it('is a share that nobody has', async () => {
    world.stores = []
    world.records.clear()
    expect(words(only(await world.status()))).toEqual(['not-registered'])
  })

  it('is a record of another VCH, or none, where the consumer VCH has the store', async () => {
    const key = `${ADDRESS} /exports/nfs-vol`
    world.records.set(key, record('nfs-vol-store', '/exports/nfs-vol', {vchId: 'vm-9', vchName: 'batch'}))
    expect(words(only(await world.status()))).toEqual(['record-other-vch'])
    world.records.delete(key)
    expect(words(only(await world.status()))).toEqual(['record-missing'])
  })
})

describe('a parked share', () => {
  const park = (parts: Partial<VchContainer> = {}, records?: string): void => {
    const server = serverContainer('nfs-vol', ADDRESS)
    const own = JSON.stringify([{folder: '', record: record('nfs-vol-store', '/exports/nfs-vol')}])
    const labels = {...server.labels, [LABELS.role]: ROLE_PARKED, [LABELS.records]: records ?? own}
    world.server.containers.splice(0, 1, {...server, labels, mounts: [], env: ['PARKED=1'], ...parts})
    world.records.clear()
  }

  it('whose server is stopped is started as it is, not served, and is no container made by hand', async () => {
    park({state: 'exited', rawState: 'exited', addresses: {}})
    const share = only(await world.status())
    expect(words(share)).toEqual(['server-down'])
    expect(share.findings[0]).toMatchObject({
      severity: 'danger',
      text: expect.stringMatching(/is parked, and the empty server .* ended with exit code 0/),
      tries: ['vicnfs teardown nfs-vol --park', expect.stringMatching(/^vicnfs preflight/)],
    })
  })

  it('whose records cannot be understood is not said to be of no VCH', async () => {
    world.stores = []
    park({}, '[{"folder":"","record":{"schemaVersion":2}}]')
    expect(only(await world.status()).consumers).toBeNull()
    park({}, '[]')
    expect(only(await world.status()).consumers).toBe(0)
  })

  it('is known by the labels of its server, records included', async () => {
    park()
    const share = only(await world.status())
    expect(share).toMatchObject({
      verdict: 'parked',
      server: {state: 'parked'},
      space: null,
      stores: [{registered: true}],
    })
    expect(words(share)).toEqual(['parked'])
  })
})
