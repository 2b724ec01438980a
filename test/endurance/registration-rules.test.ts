import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ShareAddress} from '../../src/nfs/preflight/report.js'
import {openShare, type ShareSession} from '../../src/nfs/share-access.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {expectRefused, makeVolume, runOk, worldOf} from '../helpers/refusals-world.js'

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
let other: SandboxHandle
let env: Environment
let otherEnv: Environment
let place: ShareAddress
let url: string

interface Exposed {
  readonly share: {readonly url: string; readonly place: ShareAddress}
}

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer, other] = await Promise.all(
    ['server', 'consumer', 'other'].map((name) => bench.start(name)) as [
      Promise<SandboxHandle>,
      Promise<SandboxHandle>,
      Promise<SandboxHandle>,
    ],
  )
  env = bench.environment(server, consumer)
  otherEnv = bench.environment(server, other)
  await Promise.all(['data', 'old', 'next', 'named'].map((name) => makeVolume(server, name)))
})
afterAll(() => bench.close())

const all = (): SandboxHandle[] => [server, consumer, other]

async function onShare<T>(where: ShareAddress, body: (session: ShareSession) => Promise<T>): Promise<T> {
  const session = await openShare(where, {portmapPort: server.portmapPort})
  try {
    return await body(session)
  } finally {
    await session.close()
  }
}

const recordOn = (where: ShareAddress) =>
  onShare(where, async (session) => (await session.readFile('.vicnfs/consumer.json', 10_000))?.toString('utf8') ?? '')

describe('the right VCH', () => {
  it('refuses when the Docker API and vic-machine mean different VCHs, before anything is made', async () => {
    const crossed = {...bench.environment(server, other), VICNFS_CONSUMER_HOST: `unix://${consumer.socketPath}`}
    const expected = {env: crossed, code: 'VN-DIFFERENT-VCH', exitCode: 3, says: /"consumer".*"other"/}
    await Promise.all(
      [
        ['expose-volume', 'data', '--register', 'nfs-store', '--yes'],
        ['teardown', '--label', 'nfs-store', '--yes'],
      ].map((argv) => expectRefused(bench, all(), {argv, ...expected})),
    )
  })

  it('refuses a VCH that this vCenter does not have', () =>
    expectRefused(bench, all(), {
      argv: ['expose-volume', 'data', '--register', 'nfs-store', '--yes', '--vch', 'other'],
      env,
      code: 'VN-VICMACHINE-VCH-UNKNOWN',
      exitCode: 2,
      says: /other/,
    }))
})

describe('a store that is registered', () => {
  beforeAll(async () => {
    const exposed = await runOk<Exposed>(bench, ['expose-volume', 'data', '--register', 'nfs-store', '--yes'], env)
    ;({url, place} = exposed.share)
  })

  const expectPlanRefused = (argv: readonly string[], says: RegExp) =>
    expectRefused(bench, all(), {argv: [...argv, '--yes'], env, code: 'VN-PLAN-REFUSED', exitCode: 3, says})

  it('keeps uid and gid for good: another owner would be ignored by VIC', async () => {
    const before = worldOf(bench, all())
    const other = url.replace('uid=0&gid=0', 'uid=1000&gid=1000')
    const said = await bench.run(['register-store', 'nfs-store', '--url', other, '--yes'], env)
    expect(said).toMatchObject({exitCode: 3, stdout: ''})
    expect(said.stderr).toMatch(/! ignored by VIC {2}nfs-store {2}nfs:.*uid=1000/)
    expect(said.stderr).toMatch(/uid and gid of a store are for good.*\(VN-PLAN-REFUSED\)/)
    expect(worldOf(bench, all())).toEqual(before)
  })

  it('keeps its place: another path is refused, and so is its place under a second label', async () => {
    const elsewhere = url.replace('/exports/data', '/exports/elsewhere')
    const [moved] = await Promise.all([
      expectPlanRefused(['register-store', 'nfs-store', '--url', elsewhere], /never changes an existing store/),
      expectPlanRefused(['register-store', 'second', '--url', url], /registered under the label "nfs-store"/),
    ])
    expect(moved.details['plan']).toContainEqual(expect.stringMatching(/^✗ refused {2}nfs-store/))
  })

  it('keeps its share to itself: no other VCH may register it, or take it down', async () => {
    const record = await recordOn(place)
    expect(JSON.parse(record)).toMatchObject({
      vchName: 'consumer',
      vchId: consumer.vmId,
      vcenter: consumer.target,
      label: 'nfs-store',
      uid: 0,
      gid: 0,
    })
    const expected = {env: otherEnv, code: 'VN-OTHER-CONSUMER', exitCode: 3, says: /"consumer".*cannot be asked/}
    const register = ['register-store', 'mine', '--share', 'data', '--yes']
    await expectRefused(bench, all(), {argv: register, ...expected})
    // A refused attempt must not have opened the door for the next one.
    expect(await recordOn(place)).toBe(record)
    await Promise.all([
      expectRefused(bench, all(), {argv: [...register, '--adopt-store'], ...expected}),
      expectRefused(bench, all(), {argv: ['teardown', 'data', '--yes'], ...expected}),
    ])
    expect(await recordOn(place)).toBe(record)
  })
})

describe('a share with a past', () => {
  it('is taken over with consent only, when it holds volumes of a VCH that nobody recorded', async () => {
    const {share} = await runOk<Exposed>(bench, ['expose-volume', 'old'], env)
    await onShare(share.place, async (session) => {
      for (const folder of ['volumes', 'volumes_metadata', 'volumes/somebodys', 'volumes_metadata/somebodys']) {
        await session.makeDirectory(folder, 0o755)
      }
    })
    const argv = ['register-store', 'adopted', '--share', 'old', '--yes']
    const refusal = {env: otherEnv, code: 'VN-UNRECORDED-VOLUMES', exitCode: 3, says: /1 volume/}
    await Promise.all(
      [argv, ['teardown', 'old', '--yes']].map((each) => expectRefused(bench, all(), {argv: each, ...refusal})),
    )
    expect(await recordOn(share.place)).toBe('')
    expect(await runOk(bench, [...argv, '--adopt-store'], otherEnv)).toMatchObject({
      outcome: 'registered',
      vch: 'other',
    })
    expect(JSON.parse(await recordOn(share.place))).toMatchObject({vchName: 'other', label: 'adopted'})
  })

  it('is free for another VCH when it was taken down', async () => {
    await runOk(bench, ['teardown', 'data', '--yes'], env)
    const exposed = await runOk<Exposed>(bench, ['expose-volume', 'data', '--register', 'mine', '--yes'], otherEnv)
    expect(JSON.parse(await recordOn(exposed.share.place))).toMatchObject({vchName: 'other', label: 'mine'})
  })
})

/** The same address, spelt so that it is found by name resolution only. */
function respelt(address: string): string {
  const [a = '', b = '', c = '', d = ''] = address.split('.')
  return `${a}.${b}.${Number(c) * 256 + Number(d)}`
}

describe('a share under another name of its host', () => {
  it('is the same share: to the rules, to the plan, and to teardown', async () => {
    const own = bench.environment(server)
    const {share} = await runOk<Exposed>(bench, ['expose-volume', 'named'], own)
    const other = share.url.replace(share.place.host, respelt(share.place.host))
    const register = (label: string) => ['register-store', label, '--url', other, '--yes']
    const refusal = {env: own, exitCode: 3}
    await expectRefused(bench, all(), {argv: register('named'), ...refusal, code: 'VN-SELF-HOSTED', says: /"named"/})
    expect(await runOk(bench, register('named'), env)).toMatchObject({outcome: 'registered', vch: 'consumer'})
    const twin = {argv: ['register-store', 'twin', '--share', 'named', '--yes'], env, exitCode: 3}
    await expectRefused(bench, all(), {...twin, code: 'VN-PLAN-REFUSED', says: /under the label "named"/})
    expect(await runOk(bench, ['teardown', 'named', '--yes'], env)).toMatchObject({unregistered: ['named']})
  })
})

describe('a share on a bridge', () => {
  it('serves another VCH, once its address is said to stay, but never its own', async () => {
    const {share} = await runOk<Exposed>(bench, ['expose-volume', 'next', '--network', 'bridge'], env)
    expect(share.place.host).toBe(server.publicAddress)
    const own = bench.environment(server)
    const argv = ['register-store', 'mapped', '--share', 'next', '--yes', '--address-reserved']
    await expectRefused(bench, all(), {
      argv: [...argv, '--allow-self-hosted'],
      env: own,
      code: 'VN-PORT-MAPPED',
      exitCode: 3,
      says: /port mappings/,
    })
    expect(await runOk(bench, argv, env)).toMatchObject({outcome: 'registered', vch: 'consumer'})
  })
})
