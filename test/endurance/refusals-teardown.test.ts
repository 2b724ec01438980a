import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ShareAddress} from '../../src/nfs/preflight/report.js'
import {runPreflight} from '../../src/nfs/preflight/run-preflight.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {expectRefused, makeVolume, removeContainer, runContainer, runOk} from '../helpers/refusals-world.js'
import {docker, onlineStores, vicMachine} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let vch: SandboxHandle
let old: SandboxHandle
let env: Environment
let oldEnv: Environment
let place: ShareAddress

const REGISTER = ['expose-volume', 'data', '--register', 'nfs-store', '--yes']
const TEARDOWN = ['teardown', 'data', '--yes']

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[vch, old] = await Promise.all([bench.start('new'), bench.start('old', {vicVersion: '1.4.3'})])
  ;[env, oldEnv] = [bench.environment(vch), bench.environment(old)]
  await Promise.all([vch, old].map((one) => makeVolume(one, 'data')))
})
afterAll(() => bench.close())

interface Exposed {
  readonly share: {readonly place: ShareAddress}
  readonly registration?: {readonly outcome: string}
}

async function expectServed(share: ShareAddress, {portmapPort}: SandboxHandle): Promise<void> {
  expect(await runPreflight(share, {readOnly: true, portmapPort})).toMatchObject({passed: true})
}

describe('data', () => {
  const expectDeleteRefused = (argv: readonly string[], says: RegExp) =>
    expectRefused(bench, [vch], {
      argv: ['teardown', ...argv, '--yes'],
      env,
      code: 'VN-DELETE-UNCONFIRMED',
      exitCode: 3,
      says,
    })

  it('in scratch space goes only when it is named twice, with the word for it', async () => {
    await runOk(bench, ['expose-volume', '--scratch', 'cache'], env)
    await Promise.all([
      expectDeleteRefused(['cache'], /"cache"/),
      expectDeleteRefused(['cache', '--confirm', 'cache'], /--delete-volume/),
      expectDeleteRefused(['cache', '--delete-volume', '--confirm', 'data'], /"data"/),
    ])
    const removed = await runOk(bench, ['teardown', 'cache', '--delete-volume', '--confirm', 'cache', '--yes'], env)
    expect(removed).toMatchObject({outcome: 'removed', data: 'deleted'})
  })

  it('on a volume goes only when the volume is named for it', async () => {
    await Promise.all([
      expectDeleteRefused(['data', '--delete-volume'], /"data"/),
      expectDeleteRefused(['data', '--delete-volume', '--confirm', 'Data'], /"Data"/),
    ])
    await makeVolume(vch, 'gone')
    const removed = await runOk(bench, ['teardown', 'gone', '--delete-volume', '--confirm', 'gone', '--yes'], env)
    expect(removed).toMatchObject({data: 'deleted'})
    expect(await docker(vch, 'GET', '/volumes/gone')).toMatchObject({status: 404})
    expect(await docker(vch, 'GET', '/volumes/data')).toMatchObject({status: 200})
  })
})

describe('a share that nobody has registered', () => {
  it('is not taken down while its server is off, since its record cannot be read', async () => {
    await makeVolume(vch, 'idle')
    await runOk(bench, ['expose-volume', 'idle'], env)
    expect((await docker(vch, 'POST', '/containers/vicnfs-idle/stop')).status).toBe(204)
    const argv = ['teardown', 'idle', '--yes']
    const error = await expectRefused(bench, [vch], {argv, env, code: 'VN-SERVER-DOWN', exitCode: 3, says: /down/})
    expect(error.tries).toContain('vicnfs expose-volume idle')
    expect(await runOk(bench, ['expose-volume', 'idle'], env)).toMatchObject({outcome: 'started'})
    expect(await runOk(bench, argv, env)).toMatchObject({outcome: 'removed', data: 'kept'})
  })
})

describe('the address of a server that is off', () => {
  it('is not given to another one, so that it comes back to it', async () => {
    await Promise.all(['away', 'near.by'].map((name) => makeVolume(vch, name)))
    const away = await runOk<Exposed>(bench, ['expose-volume', 'away'], env)
    expect((await docker(vch, 'POST', '/containers/vicnfs-away/stop')).status).toBe(204)
    const near = await runOk<Exposed>(bench, ['expose-volume', 'near.by'], env)
    expect(near).toMatchObject({outcome: 'created', next: 'vicnfs register-store near-by-store --share near.by'})
    expect(near.share.place.host).not.toBe(away.share.place.host)
    const back = await runOk<Exposed>(bench, ['expose-volume', 'away'], env)
    expect(back).toMatchObject({outcome: 'started', share: {place: away.share.place}})
  })
})

describe('before VIC 1.5.2', () => {
  it('needs no consent to self-hosting, but a store stays for good', async () => {
    const exposed = await runOk<Exposed>(bench, REGISTER, oldEnv)
    expect(exposed).toMatchObject({registration: {outcome: 'registered'}})
    await expectRefused(bench, [old], {
      argv: TEARDOWN,
      env: oldEnv,
      code: 'VN-NOT-REMOVABLE',
      exitCode: 3,
      says: /1\.4\.3.*1\.5\.3/,
    })
    await expectServed(exposed.share.place, old)
  })

  it('refuses a vic-machine that is newer than the VCH', () =>
    expectRefused(bench, [old], {
      argv: ['register-store', 'another', '--url', 'nfs://127.0.0.9/exports/x', '--yes'],
      env: {...oldEnv, VICNFS_VIC_MACHINE: vch.vicMachinePath},
      code: 'VN-VICMACHINE-RELEASE',
      exitCode: 3,
      says: /1\.5\.8.*1\.4\.3.*newer/,
    }))
})

describe('a store of a VCH that can roll back', () => {
  const expectStays = (code: string, says: RegExp) =>
    expectRefused(bench, [vch], {argv: TEARDOWN, env, code, exitCode: 3, says})

  beforeAll(async () => {
    ;({place} = (await runOk<Exposed>(bench, [...REGISTER, '--allow-self-hosted'], env)).share)
  })

  it('stays while containers use its volumes, running or not', async () => {
    await makeVolume(vch, 'work', 'nfs-store')
    expect(await runContainer(vch, {name: 'user', volume: 'work'})).toMatchObject({status: 204})
    await expectStays('VN-IN-USE', /"user"|user \(work, running\)/)
    await docker(vch, 'POST', '/containers/user/stop?t=0')
    await expectStays('VN-IN-USE', /user \(work, exited\)/)
    await removeContainer(vch, 'user')
  })

  it('stays while its records cannot be read from here, although its server runs', async () => {
    // Nobody listens there, as with a port mapper that has shifted.
    const lost = {...env, VICNFS_PORTMAP_PORT: '1'}
    const refusal = {argv: TEARDOWN, env: lost, code: 'VN-SHARE-UNREADABLE', exitCode: 3, says: /refused.*which VCH/}
    const error = await expectRefused(bench, [vch], refusal)
    expect(error.tries).toContain(`vicnfs preflight 'nfs://${place.host}${place.path}?uid=0&gid=0' --read-only`)
    await expectServed(place, vch)
  })

  it('stays without consent where there is no terminal', async () => {
    const refusal = {argv: ['teardown', 'data'], env, code: 'VN-CONSENT-MISSING', exitCode: 2, says: /Roll "new" back/}
    expect((await expectRefused(bench, [vch], refusal)).reason).toMatch(/the data stays on the volume/)
  })

  it('stays when the journal is not here: nobody knows what a rollback would undo', async () => {
    const elsewhere = {...env, VICNFS_STATE_DIR: path.join(bench.directory, 'elsewhere')}
    expect(await bench.run([...TEARDOWN, '--json'], elsewhere)).toMatchObject({
      exitCode: 3,
      json: {error: {code: 'VN-NOT-REMOVABLE', reason: expect.stringMatching(/journal on this machine/)}},
    })
    await expectServed(place, vch)
  })

  it('stays when somebody has configured the VCH since', async () => {
    const stores = [
      'datastore1/volumes:default',
      `nfs://${place.host}${place.path}?uid=0&gid=0:nfs-store`,
      'datastore1/more:more',
    ]
    const words = stores.flatMap((store) => ['--volume-store', store])
    const {stdout} = await vicMachine(vch, 'configure', '--name', 'new', ...words)
    expect(stdout).toContain('Completed successfully')
    expect(await onlineStores(vch)).toEqual(['default', 'more', 'nfs-store'])
    const error = await expectStays('VN-NOT-REMOVABLE', /configured this VCH since/)
    expect(error.details['labels']).toEqual(['nfs-store'])
    await expectServed(place, vch)
  })
})
