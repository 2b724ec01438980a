import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {ShareAddress} from '../../src/nfs/preflight/report.js'
import {openShare} from '../../src/nfs/share-access.js'
import {SERVER_IMAGE} from '../../src/model/server-image.js'
import type {VicnfsError} from '../../src/model/vicnfs-error.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {Adapters} from '../../src/services/adapters.js'
import {exposeVolume, type ExposeResult} from '../../src/services/expose-volume.js'
import {registerStore, type RegisterStoreOptions, type RegisterStoreResult} from '../../src/services/register-store.js'
import {withoutRoute} from '../helpers/no-route.js'
import {shareRequest} from '../helpers/fake-world.js'
import {makeVolume, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {serviceAdapters} from '../helpers/service-adapters.js'
import {docker} from '../helpers/stand-in-world.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
let other: SandboxHandle
let env: Environment
let place: ShareAddress

interface Exposed {
  readonly share: {readonly place: ShareAddress; readonly url: string}
}

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer, other] = await Promise.all([bench.start('server'), bench.start('consumer'), bench.start('other')])
  env = bench.environment(server, consumer)
  await Promise.all(['data', 'shared'].map((name) => makeVolume(server, name)))
  ;({place} = (await runOk<Exposed>(bench, ['expose-volume', 'data'], env)).share)
})
afterAll(() => bench.close())

/** The same machine without a route to any share. */
async function farFrom(vch: SandboxHandle): Promise<Adapters> {
  const adapters = await serviceAdapters(bench.environment(server, vch))
  return {...adapters, nfs: withoutRoute(adapters.nfs)}
}

interface Said {
  readonly result: RegisterStoreResult
  readonly notes: string[]
}

async function register(adapters: Adapters, options: Partial<RegisterStoreOptions>): Promise<Said> {
  const notes: string[] = []
  const wish = {label: 'nfs-store', from: {share: 'data'}, consents: CONSENTS, dryRun: false, ...options}
  const result = await registerStore(wish, adapters, {
    onEvent: (event) => {
      if (event.type === 'note') notes.push(event.text)
    },
  })
  return {result, notes}
}

const fromVch = {image: SERVER_IMAGE}

async function recordOn(where: ShareAddress): Promise<unknown> {
  const session = await openShare(where, {portmapPort: server.portmapPort})
  try {
    const record = await session.readFile('.vicnfs/consumer.json', 10_000)
    return record === undefined ? undefined : JSON.parse(record.toString('utf8'))
  } finally {
    await session.close()
  }
}

/** Containers that the looks at the share have left on a VCH. */
async function left(vch: SandboxHandle): Promise<string[]> {
  const {json} = await docker(vch, 'GET', '/containers/json?all=1')
  return (json as {Names: string[]}[]).flatMap(({Names}) => Names).filter((name) => name.includes('check'))
}

describe('a share that this machine cannot reach', () => {
  it('is not registered from here, and the error says how the VCH can look', async () => {
    const error: unknown = await register(await farFrom(consumer), {}).catch((reason: unknown) => reason)
    expect(error).toMatchObject({code: 'VN-NFS-UNREACHABLE', exitCode: 5})
    expect((error as VicnfsError).tries).toEqual(['vicnfs register-store nfs-store --share data --from vch'])
    expect(await recordOn(place)).toBeUndefined()
  })

  it('is registered from the VCH, with its record written and read by containers of the VCH', async () => {
    const adapters = await farFrom(consumer)
    const {result, notes} = await register(adapters, {fromVch})
    expect(result).toMatchObject({outcome: 'registered', vch: 'consumer'})
    expect(notes.join()).toMatch(/A container of the VCH looks at .*no route to host/)
    expect(await recordOn(place)).toMatchObject({vchName: 'consumer', label: 'nfs-store', path: place.path})
    expect(await left(consumer)).toEqual([])
    expect(await register(adapters, {fromVch})).toMatchObject({result: {outcome: 'unchanged'}})
  })

  it('is refused to another VCH, by the record', async () => {
    const refused = register(await farFrom(other), {label: 'mine', fromVch})
    await expect(refused).rejects.toMatchObject({code: 'VN-OTHER-CONSUMER', exitCode: 3})
    expect(await recordOn(place)).toMatchObject({vchName: 'consumer'})
    expect(await left(other)).toEqual([])
  })

  it('has a directory made through the VCH', async () => {
    const {share} = await runOk<Exposed>(bench, ['expose-volume', 'shared'], env)
    const team = {label: 'team-a', from: {share: 'shared'}, directory: 'team-a', fromVch}
    expect(await register(await farFrom(other), team)).toMatchObject({result: {outcome: 'registered', vch: 'other'}})
    const directory = {...share.place, path: `${share.place.path}/team-a`}
    expect(await recordOn(directory)).toMatchObject({vchName: 'other', path: directory.path})
    const whole = register(await farFrom(consumer), {label: 'whole', from: {share: 'shared'}, fromVch})
    await expect(whole).rejects.toMatchObject({code: 'VN-ROOT-OR-DIRECTORIES'})
  })
})

describe('a volume whose share this machine cannot reach', () => {
  const expose = (adapters: Adapters, more: object): Promise<ExposeResult> =>
    exposeVolume(
      {
        request: shareRequest({name: 'far', image: SERVER_IMAGE, exportFolder: '/exports/far'}),
        volume: {name: 'far', create: true},
        ...more,
      },
      adapters,
      {},
    )

  it('is exposed once the VCH sees the share, and from here only the way to ask it is said', async () => {
    const hasty = await farFrom(other)
    const error: unknown = await expose(hasty, {}).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'VN-NFS-NOT-READY',
      reason: expect.stringContaining('a container of the VCH can look'),
    })
    expect((error as VicnfsError).tries.at(-1)).toBe('vicnfs expose-volume far --create --from vch')
    const exposed = await expose(await farFrom(other), {fromVch})
    expect(exposed).toMatchObject({outcome: 'created', next: 'vicnfs register-store far-store --share far --from vch'})
    expect(await left(other)).toEqual([])
  })

  it('is registered and proven in the same go', async () => {
    const registering = {fromVch, register: {label: 'far-store', consents: CONSENTS}}
    const done = await expose(await farFrom(other), registering)
    expect(done).toMatchObject({outcome: 'unchanged', registration: {outcome: 'registered', vch: 'other'}})
    expect(done.proof).toBeDefined()
    expect(await recordOn(done.share.place)).toMatchObject({vchName: 'other', label: 'far-store'})
    expect(await left(other)).toEqual([])
  })
})

describe('a share that this machine reaches', () => {
  it('is looked at from here all the same (S3)', async () => {
    const {result, notes} = await register(await serviceAdapters(env), {fromVch})
    expect(result.outcome).toBe('unchanged')
    expect(notes.join()).toMatch(/This machine reaches .*, so it looks at the share itself/)
  })
})
