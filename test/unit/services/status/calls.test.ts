import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {rm} from 'node:fs/promises'

import {VicnfsError} from '../../../../src/model/vicnfs-error.js'
import {makeTempDirectory} from '../../../helpers/temp-directory.js'
import {addShare, container, statusWorld, type StatusWorld} from '../../../helpers/status-world.js'

let directory: string

beforeEach(async () => {
  directory = await makeTempDirectory()
})
afterEach(() => rm(directory, {recursive: true}))

interface Size {
  readonly shares: number
  readonly volumes: number
  readonly containers: number
}

/** Volumes lie on the stores of the shares in turn, containers use the volumes in turn; every tenth one runs. */
function worldOf({shares, volumes, containers}: Size): StatusWorld {
  const world = statusWorld(directory)
  for (let n = 0; n < shares; n += 1) addShare(world, `share-${n}`, `10.9.0.${n + 10}`)
  for (let n = 0; n < volumes; n += 1) {
    world.consumer.volumes.push({name: `v${n}`, driver: 'vsphere', labels: {}, store: `share-${n % shares}-store`})
  }
  for (let n = 0; n < containers; n += 1) {
    const mounts = [{volume: `v${n % volumes}`, destination: '/data', readOnly: false}]
    world.consumer.containers.push(container(`c${n}`, {state: n % 10 === 0 ? 'running' : 'exited', mounts}))
  }
  return world
}

async function callsOf(size: Size): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  const world = worldOf(size)
  const report = await world.status()
  expect(report.shares.reduce((sum, {consumers}) => sum + (consumers ?? 0), 0)).toBe(size.containers)
  return {server: world.server.calls, consumer: world.consumer.calls}
}

describe('calls of the Docker APIs', () => {
  it('do not grow with containers', async () => {
    const few = await callsOf({shares: 3, volumes: 6, containers: 10})
    expect(await callsOf({shares: 3, volumes: 6, containers: 1000})).toEqual(few)
    expect(few).toEqual({
      server: {info: 1, listContainers: 1, listVolumes: 1, inspectContainer: 3},
      consumer: {info: 1, listContainers: 1, listVolumes: 1, 'listContainers of a volume': 6},
    })
  })

  it('grow with shares and with volumes on NFS stores, by one each', async () => {
    const {server = {}, consumer = {}} = await callsOf({shares: 5, volumes: 8, containers: 10})
    expect([server['inspectContainer'], consumer['listContainers of a volume']]).toEqual([5, 8])
  })

  it('are made once for a VCH that is server and consumer', async () => {
    const world = statusWorld(directory, {selfHosted: true})
    addShare(world, 'nfs-vol', '10.9.0.40')
    world.server.volumes.push({name: 'disk', driver: 'vsphere', labels: {}, store: 'default'})
    await world.status()
    expect(world.server.calls).toEqual({info: 1, listContainers: 1, listVolumes: 1, inspectContainer: 1})
  })

  it('are for the named shares only, where some are named', async () => {
    const world = worldOf({shares: 4, volumes: 8, containers: 8})
    expect((await world.status({volumes: ['share-2']})).shares.map(({name}) => name)).toEqual(['share-2'])
    expect(world.consumer.calls['listContainers of a volume']).toBe(2)
    expect(world.server.calls['inspectContainer']).toBe(1)
    expect((await world.status({labels: ['share-1-store']})).shares.map(({name}) => name)).toEqual(['share-1'])
    await expect(world.status({volumes: ['other']})).rejects.toMatchObject({code: 'VN-SHARE-NO-SERVER'})
    await expect(world.status({labels: ['other']})).rejects.toMatchObject({code: 'VN-STORE-UNKNOWN'})
  })
})

describe('a server that never answers', () => {
  it('costs its own share the time of one step, and the others nothing', async () => {
    const world = worldOf({shares: 20, volumes: 20, containers: 0})
    world.silent.add('10.9.0.10')
    world.silent.add('10.9.0.11')
    const {shares} = await world.status()
    const unreached = shares.filter(({mountable}) => mountable !== true)
    expect(unreached.map(({name, findings}) => [name, findings[0]?.word])).toEqual([
      ['share-0', 'unreachable'],
      ['share-1', 'unreachable'],
    ])
    expect(unreached[0]?.findings[0]?.text).toContain('it did not answer within 200 ms')
  })
})

describe('vic-machine', () => {
  let world: StatusWorld

  beforeEach(() => {
    world = worldOf({shares: 1, volumes: 1, containers: 0})
  })

  it('is not asked at each look, until the Docker API shows something new', async () => {
    await world.status()
    await world.status()
    expect(world.asked).toEqual(['inspect config', 'inspect'])
    world.consumer.online.pop()
    await world.status()
    expect(world.asked).toHaveLength(4)
  })

  it('that refused the login is never asked again', async () => {
    world.refusal = new VicnfsError('VN-VICMACHINE-LOGIN', 'vCenter refused the password.')
    for (const online of [['default'], ['other'], ['third']]) {
      world.consumer.online = online
      const {notAsked} = await world.status()
      expect(notAsked[0]).toMatchObject({
        what: 'vic-machine',
        why: expect.stringMatching(/^vCenter refused the password;/),
      })
    }
    expect(world.asked).toEqual(['inspect config'])
  })

  it('that could not be reached is asked again', async () => {
    world.refusal = new VicnfsError('VN-VICMACHINE-TARGET-UNREACHABLE', 'No vCenter answers.')
    await world.status()
    delete world.refusal
    world.consumer.online = ['default']
    expect((await world.status()).notAsked).toEqual([])
    expect(world.asked).toEqual(['inspect config', 'inspect config', 'inspect'])
  })

  it('that means another VCH is not believed', async () => {
    const other = {...world.adapters, sameEndpoint: () => Promise.resolve(false)}
    const {createStatusLook} = await import('../../../../src/services/share-status.js')
    const report = await createStatusLook(other).look({}, {})
    expect(report.notAsked[0]?.why).toContain('it is set to the VCH "consumer" at consumer:2376')
    // Its record is about nobody who was asked, then.
    expect(report.shares[0]?.stores[0]).toMatchObject({registered: true, from: 'record', online: null})
  })
})

describe('a VCH that does not answer', () => {
  const down = new VicnfsError('VN-VCH-UNREACHABLE', 'tcp://server:2376 refuses connections.')

  it('leaves what vic-machine shows, and is said to be down', async () => {
    const world = statusWorld(directory, {selfHosted: true})
    addShare(world, 'nfs-vol', '10.9.0.40')
    world.server.down = down
    world.dead.add('10.9.0.40')
    const report = await world.status()
    expect(report.findings.map(({word}) => word)).toEqual(['vch-down'])
    expect(report.shares).toMatchObject([
      {name: 'nfs-vol', server: {state: 'unknown'}, verdict: 'danger', stores: [{registered: true, online: null}]},
    ])
  })

  it('is all that can be said where nobody else knows anything', async () => {
    const world = statusWorld(directory, {selfHosted: true, vicMachine: false})
    world.server.down = down
    await expect(world.status()).rejects.toBe(down)
  })

  it('is another matter than a certificate that is wrong', async () => {
    const world = worldOf({shares: 1, volumes: 1, containers: 0})
    world.consumer.down = new VicnfsError('VN-VCH-CERT-BAD', 'The certificate is not trusted.')
    await expect(world.status()).rejects.toMatchObject({code: 'VN-VCH-CERT-BAD'})
  })
})
