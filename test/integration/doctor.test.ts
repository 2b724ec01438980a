import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, expect, it} from '@jest/globals'
import type {Check, CheckGroup} from '../../src/model/check.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {removeContainer, runOk, worldOf} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker, onlineStores, untilAnswers} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
let control: ControlClient
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer] = await Promise.all([bench.start('server'), bench.start('consumer')])
  env = bench.environment(server, consumer)
  control = await bench.control(consumer)
  await runOk(bench, ['expose-volume', 'nfs-vol', '--create'], env)
  await runOk(bench, ['register-store', 'nfs-store', '--share', 'nfs-vol', '--yes'], env)
})
afterAll(() => bench.close())

interface Found {
  readonly healthy: boolean
  readonly groups: readonly CheckGroup[]
}

/** What doctor finds; its exit code goes with it. */
async function doctor(over: Environment = {}) {
  const {json, exitCode} = await bench.run(['doctor', '--json'], {...env, ...over})
  const {ok, result} = json as {ok: boolean; result: Found}
  const checks = result.groups.flatMap((group) => group.checks)
  const idsOf = (state: Check['state']) => checks.filter((each) => each.state === state).map(({id}) => id)
  const failed = idsOf('failed')
  const healthy = failed.length === 0
  expect({ok, exitCode, healthy: result.healthy}).toEqual({ok: true, exitCode: healthy ? 0 : 1, healthy})
  return {failed, notAsked: idsOf('not-asked'), at: (id: string) => checks.find((each) => each.id === id)}
}

const volumeNames = async (): Promise<string[]> => {
  const {json} = await docker(consumer, 'GET', '/volumes')
  return ((json as {Volumes: {Name: string}[] | null}).Volumes ?? []).map(({Name}) => Name).sort()
}
async function powerCycle(): Promise<void> {
  await control.vchPowerOff()
  await control.vchPowerOn()
}
const onShare = (...parts: string[]): string => path.join(server.directory, 'volumes', 'nfs-vol', ...parts)
/** A command as it was printed, without quotes in it. */
const runPrinted = (command: string): Promise<unknown> => runOk(bench, command.split(' ').slice(1), env)

it('finds nothing wrong, and changes nothing', async () => {
  const before = worldOf(bench, [server, consumer])
  expect(await doctor()).toMatchObject({failed: [], notAsked: []})
  expect(worldOf(bench, [server, consumer])).toEqual(before)
  const {stdout, exitCode} = await bench.run(['doctor', '--quiet'], env)
  expect({stdout, exitCode}).toEqual({
    stdout: expect.stringMatching(/^\d+ ok, 0 warnings, 0 failed, 0 not asked\n$/),
    exitCode: 0,
  })
})

it('goes on without vic-machine, and without a Docker API', async () => {
  const without = await doctor({VICNFS_VIC_MACHINE: undefined})
  expect(without.failed).toEqual([])
  expect(without.notAsked).toEqual(expect.arrayContaining(['vsphere.settings', 'vch.found', 'same.vch']))
  expect(without.at('stores.mountable.nfs-store')?.evidence).toMatch(/known from the journal/)
  expect(without.at('shares.mountable.nfs-vol')).toMatchObject({state: 'ok'})
  const gone = `unix://${bench.directory}/gone.sock`
  const alone = await doctor({DOCKER_HOST: gone, VICNFS_CONSUMER_HOST: gone})
  expect(alone.failed).toEqual(['vch.boots', 'docker.server.answers', 'docker.consumer.answers', 'same.vch'])
  expect(alone.at('stores.mountable.nfs-store')).toMatchObject({state: 'ok'})
  expect(alone.notAsked).toEqual(expect.arrayContaining(['networks.usable', 'shares.servers', 'image.server']))
})

it('names a Docker API and a target that are two VCHs (S10)', async () => {
  const {failed, at} = await doctor({VICNFS_CONSUMER_HOST: undefined})
  expect(failed).toContain('same.vch')
  expect(at('same.vch')).toMatchObject({
    code: 'VN-DIFFERENT-VCH',
    fix: [`export VICNFS_CONSUMER_HOST=unix://${consumer.socketPath}`, 'export VICNFS_VCH=server'],
  })
})

it('answers a wrong thumbprint with the right one, and says how a password is given', async () => {
  const right = env['VIC_MACHINE_THUMBPRINT'] ?? ''
  const wrong = right.replace(/^../, (first) => (first === '00' ? '11' : '00'))
  const {failed, at} = await doctor({VIC_MACHINE_THUMBPRINT: wrong})
  expect(failed).toEqual(['vsphere.thumbprint'])
  expect(at('vsphere.thumbprint')).toMatchObject({fix: [`export VIC_MACHINE_THUMBPRINT=${right}`]})
  const none = await doctor({VIC_MACHINE_PASSWORD: undefined})
  expect(none).toMatchObject({failed: []})
  expect(none.at('vsphere.settings')).toMatchObject({
    state: 'not-asked',
    fix: ['read -rs VIC_MACHINE_PASSWORD && export VIC_MACHINE_PASSWORD'],
  })
})

it('finds the folder that hides every volume, and its advice brings them back', async () => {
  const body = {Name: 'kept', Driver: 'vsphere', DriverOpts: {VolumeStore: 'nfs-store'}}
  expect(await docker(consumer, 'POST', '/volumes/create', body)).toMatchObject({status: 201})
  mkdirSync(onShare('volumes', 'half'))
  // While the VCH runs all looks well: it has read its volumes at its last boot.
  expect(await volumeNames()).toEqual(['kept'])
  const {failed, at} = await doctor()
  expect(failed).toEqual(['volumes.nfs-store'])
  const {evidence = '', advice = '', fix} = at('volumes.nfs-store') ?? {}
  expect(evidence).toMatch(/^volumes\/half has no volumes_metadata\/half/)
  expect(fix).toEqual([expect.stringContaining(`exec vicnfs-nfs-vol sh -c`)])
  await powerCycle()
  await untilAnswers(consumer)
  expect(await volumeNames()).toEqual([])

  const [, metadata = '', file = ''] = /write (\{.*\}) into (\S+);/.exec(advice) ?? []
  mkdirSync(path.dirname(onShare(file)), {recursive: true})
  writeFileSync(onShare(file), metadata)
  expect(await doctor()).toMatchObject({failed: []})
  await powerCycle()
  await untilAnswers(consumer)
  expect(await volumeNames()).toEqual(['half', 'kept'])
})

it('names what the next boot would stumble over, then the boot loop, and the way out that ends it', async () => {
  await removeContainer(server, 'vicnfs-nfs-vol')
  const before = await doctor()
  expect(before.failed).toEqual(expect.arrayContaining(['stores.mountable.nfs-store']))
  expect(before.at('vch.boots')).toMatchObject({state: 'ok'})
  expect(before.at('stores.mountable.nfs-store')?.evidence).toMatch(/next boot of the VCH would loop/)

  await powerCycle()
  const looping = await doctor()
  expect(looping.at('vch.boots')).toMatchObject({
    state: 'failed',
    evidence: expect.stringMatching(/boot loop.*"nfs-store"/),
  })
  const [command = ''] = looping.at('stores.mountable.nfs-store')?.fix ?? []
  expect(command).toMatch(/^vicnfs expose-volume nfs-vol --ip [\d.]+$/)
  await runPrinted(command)
  await untilAnswers(consumer)
  expect(await onlineStores(consumer)).toContain('nfs-store')
  expect(await volumeNames()).toEqual(['half', 'kept'])
  expect(await doctor()).toMatchObject({failed: []})
})
