import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {waitUntilMountable} from '../../src/nfs/wait-until-mountable.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {errorOf, expectReadable, removeContainer, runOk, type ReportedError} from '../helpers/refusals-world.js'
import {docker} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  const expose = ['expose-volume', '--create', '--allow-self-hosted', '--yes']
  await runOk(bench, [...expose, 'data', '--register', 'nfs-store'], env)
})
afterAll(() => bench.close())

const deed = async (container: string, what: string) =>
  expect((await docker(vch, 'POST', `/containers/${container}/${what}`)).status).toBe(204)

/** What a proof could leave behind: containers other than server containers, and volumes on stores. */
async function leftovers(): Promise<unknown> {
  const [containers, volumes] = await Promise.all([
    docker(vch, 'GET', '/containers/json?all=1'),
    docker(vch, 'GET', '/volumes'),
  ])
  return {
    containers: (containers.json as {Names: string[]}[])
      .flatMap(({Names}) => Names)
      .filter((name) => !name.startsWith('/vicnfs-data')),
    volumes: (volumes.json as {Volumes: {Name: string}[]}).Volumes.map(({Name}) => Name).sort(),
  }
}

async function expectProofFails(
  argv: readonly string[],
  says: RegExp,
  code = 'VN-VERIFY-FAILED',
): Promise<ReportedError> {
  const before = await leftovers()
  const result = await bench.run([...argv, '--json'], env)
  const error = errorOf(result)
  expect({code: error.code, exitCode: result.exitCode}).toEqual({code, exitCode: 5})
  expect(`${error.message} ${error.reason}`).toMatch(says)
  expectReadable(error)
  expect(await leftovers()).toEqual(before)
  return error
}

describe('verify', () => {
  it('runs as the owner of the store, where root is squashed', async () => {
    const expose = ['expose-volume', 'owned', '--create', '--squash', 'root_squash', '--uid', '1000']
    const exposed = await runOk(bench, [...expose, '--register', 'owned-store', '--allow-self-hosted', '--yes'], env)
    expect(exposed).toMatchObject({proof: {nonRoot: 'can write'}})
    expect(await runOk(bench, ['verify', 'owned-store', '--require-non-root'], env)).toMatchObject({
      nonRoot: 'can write',
    })
  })

  it('fails on an export that has become read-only', async () => {
    await replaceServer('*(ro,sync,no_subtree_check,insecure,no_root_squash)')
    const error = await expectProofFails(['verify', 'nfs-store'], /did not make volume/)
    // VIC does not say why, so the error names the command that does.
    const [, , url = ''] = (error.tries[0] ?? '').split(' ')
    const why = errorOf(await bench.run(['preflight', url.replaceAll("'", ''), '--json'], env))
    expect(why).toMatchObject({code: 'VN-NFS-READ-ONLY'})
  })

  it('fails when the server squashes the writers', async () => {
    await replaceServer('*(rw,sync,no_subtree_check,insecure,all_squash)')
    await expectProofFails(['verify', 'nfs-store'], /did not make volume/)
  })

  it('fails while the server is off', async () => {
    await deed('replacement', 'stop?t=0')
    await expectProofFails(['verify', 'nfs-store'], /./)
  })
})

/** Somebody else's server at the address of ours: the same export with other options. */
async function replaceServer(exportOptions: string): Promise<void> {
  const shown = (await docker(vch, 'GET', '/containers/json?all=1')).json as {Names: string[]}[]
  const [old] = shown.flatMap(({Names}) => Names).filter((name) => /^\/(vicnfs-data|replacement)$/.test(name))
  const name = (old ?? '').slice(1)
  const {json} = await docker(vch, 'GET', `/containers/${name}/json`)
  const {Config, HostConfig, NetworkSettings} = json as {
    Config: {Image: string; Env: string[]}
    HostConfig: {Binds: string[]; PortBindings: Record<string, unknown>}
    NetworkSettings: {Networks: Record<string, {IPAddress: string}>}
  }
  const {IPAddress} = NetworkSettings.Networks['storage-net'] ?? {IPAddress: ''}
  const ports = Object.fromEntries(Object.keys(HostConfig.PortBindings).map((port) => [port, [{HostPort: ''}]]))
  await removeContainer(vch, name)
  const body = {
    Image: Config.Image,
    Env: [...Config.Env.filter((line) => !line.startsWith('EXPORT_OPTS=')), `EXPORT_OPTS=${exportOptions}`],
    HostConfig: {Binds: HostConfig.Binds, PortBindings: ports, NetworkMode: 'storage-net'},
    NetworkingConfig: {EndpointsConfig: {'storage-net': {IPAMConfig: {IPv4Address: IPAddress}}}},
  }
  expect(await docker(vch, 'POST', '/containers/create?name=replacement', body)).toEqual({
    status: 201,
    json: expect.anything(),
  })
  await deed('replacement', 'start')
  const place = {host: IPAddress, path: '/exports/data', uid: 0, gid: 0}
  await waitUntilMountable(place, {timeoutMs: 20_000, portmapPort: vch.portmapPort})
}
