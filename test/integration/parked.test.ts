import {readdirSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {
  docker,
  onlineStores,
  sandboxesForTest,
  untilAnswers,
  vicMachine,
  withControl,
} from '../helpers/stand-in-world.js'

const sandboxes = sandboxesForTest()
afterAll(() => sandboxes.end())

const NETWORK = 'open-net'
const EXPORT = '/export'
const ENV = [
  `EXPORT_FOLDER=${EXPORT}`,
  'EXPORT_UID=1000',
  'EXPORT_OPTS=*(rw,insecure,no_root_squash)',
  'REQUIRE_MOUNT=1',
]

let vch: SandboxHandle
let address: string

interface Inspected {
  readonly Id: string
  readonly State: {readonly Running: boolean; readonly ExitCode: number}
  readonly NetworkSettings: {readonly Networks: Record<string, {readonly IPAddress: string}>}
}

const inspect = async (name: string) => (await docker(vch, 'GET', `/containers/${name}/json`)).json as Inspected
/** Its output as text: with the eight bytes before each piece, which tell the stream. */
const logOf = async (name: string): Promise<string> =>
  String((await docker(vch, 'GET', `/containers/${name}/logs?stdout=1&stderr=1`)).json)

async function until(isIt: () => Promise<boolean>): Promise<void> {
  while (!(await isIt())) await delay(10)
}

/** Starts a server container; `ends` for one that refuses to serve. */
async function serve(
  name: string,
  env: readonly string[],
  {at, binds}: {at?: string; binds?: string[]},
): Promise<void> {
  const IPAMConfig = at === undefined ? {} : {IPv4Address: at}
  const body = {
    Image: 'vicnfs/nfs-server:0.1',
    Env: [...ENV, ...env],
    HostConfig: {Binds: binds ?? [], NetworkMode: NETWORK},
    NetworkingConfig: {EndpointsConfig: {[NETWORK]: {IPAMConfig}}},
  }
  expect((await docker(vch, 'POST', `/containers/create?name=${name}`, body)).status).toBe(201)
  expect((await docker(vch, 'POST', `/containers/${name}/start`)).status).toBe(204)
  await until(async () => (await logOf(name)).includes('ready:') || !(await inspect(name)).State.Running)
}

async function remove(name: string): Promise<void> {
  expect((await docker(vch, 'DELETE', `/containers/${name}?force=1`)).status).toBe(204)
}

async function restartVch(): Promise<void> {
  await withControl(vch, async (control) => {
    await control.vchPowerOff()
    await control.vchPowerOn()
  })
  await untilAnswers(vch)
}

const createVolume = (name: string) =>
  docker(vch, 'POST', '/volumes/create', {Name: name, Driver: 'vsphere', DriverOpts: {VolumeStore: 'shared'}})
const volumeNames = async (): Promise<string[]> => {
  const {json} = await docker(vch, 'GET', '/volumes')
  return (json as {Volumes: {Name: string}[]}).Volumes.map(({Name}) => Name).sort()
}
/** What lies below the two folders of the store, on the disk of the server. */
const below = (root: string) => ['volumes', 'volumes_metadata'].map((name) => readdirSync(path.join(root, name)).sort())

describe('a parked server', () => {
  beforeAll(async () => {
    vch = await sandboxes.start({name: 'parked', vicVersion: '1.5.8', networks: [{name: NETWORK, trust: 'open'}]})
    await serve('server', [], {binds: [`data:${EXPORT}`]})
    address = (await inspect('server')).NetworkSettings.Networks[NETWORK]?.IPAddress ?? ''
    const stores = ['datastore1/volumes:default', `nfs://${address}${EXPORT}:shared`]
    const words = stores.flatMap((store) => ['--volume-store', store])
    expect(await vicMachine(vch, 'configure', '--name', 'parked', ...words)).toMatchObject({exitCode: 0})
    expect((await createVolume('before')).status).toBe(201)
  })

  it('lets the VCH boot in place of the real one, and no volume be made there', async () => {
    const volume = path.join(vch.directory, 'volumes', 'data')
    const kept = below(volume)
    await remove('server')
    await serve('stand-in', ['PARKED=1'], {at: address})
    await restartVch()
    expect(await onlineStores(vch)).toEqual(['default', 'shared'])
    expect(await createVolume('while-parked')).toMatchObject({status: 500})
    expect(await volumeNames()).toEqual(['data'])
    const {Id} = await inspect('stand-in')
    expect(below(path.join(vch.directory, 'containers', Id, 'scratch', EXPORT))).toEqual([[], []])
    expect(below(volume)).toEqual(kept)

    // The control: the real server again at its address, and the same call makes the volume.
    await remove('stand-in')
    await serve('server', [], {at: address, binds: [`data:${EXPORT}`]})
    await restartVch()
    expect((await createVolume('while-parked')).status).toBe(201)
    expect(await volumeNames()).toEqual(['before', 'data', 'while-parked'])
    expect(below(volume)).not.toEqual(kept)
  })

  it.each([
    ['the volume', ['PARKED=1'], [`other:${EXPORT}`], 23, /^nfs-server: error: a parked server must not have .*\n$/],
    ['no volume', [], [], 20, /^nfs-server: error: no volume is mounted at \/export, .*\n$/],
    [
      'bad settings',
      ['MOUNTD_PORT=70000', 'PARKED=x'],
      [],
      11,
      /^nfs-server: error: MOUNTD.*\nnfs-server: error: PARKED.*\n$/,
    ],
  ])('does not start with %s', async (_what, env, binds, exitCode, said) => {
    await serve('refused', env, {binds})
    const {State} = await inspect('refused')
    expect(State).toMatchObject({Running: false, ExitCode: exitCode})
    const lines = (await logOf('refused')).split('\n').map((line) => line.slice(line.indexOf('nfs-server:')))
    expect(lines.join('\n')).toMatch(said)
    await remove('refused')
  })
})
