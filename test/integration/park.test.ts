import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {expectRefused, makeVolume, removeContainer, runContainer, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount} from '../helpers/sandbox-sights.js'
import {answers, docker, onlineStores, untilAnswers, vicMachine} from '../helpers/stand-in-world.js'

const REGISTER = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes']
const CONTENT = 'written by a container of the VCH'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

const onVolume = (...parts: string[]): string => path.join(vch.directory, 'volumes', 'nfs-vol', ...parts)

/** Powers the endpoint VM off and on; the containers go on. */
async function powerCycle(): Promise<void> {
  await control.vchPowerOff()
  await control.vchPowerOn()
}

/** How often the endpoint VM gave up because of a store, and began again. */
async function failedBoots(): Promise<number> {
  const log = await readFile(path.join(vch.directory, 'port-layer.log'), 'utf8')
  return log.split('\n').filter((line) => line.includes('FATAL')).length
}

/** Runs a command on a volume to its end. @returns its exit code */
async function runToEnd(name: string, volume: string, command: readonly string[]): Promise<number> {
  expect(await runContainer(vch, {name, volume, command})).toMatchObject({status: 204})
  const {json} = await docker(vch, 'POST', `/containers/${name}/wait`)
  return (json as {StatusCode: number}).StatusCode
}

const volumes = async (): Promise<string[]> => {
  const {json} = await docker(vch, 'GET', '/volumes')
  return (json as {Volumes: {Name: string}[]}).Volumes.map(({Name}) => Name).sort()
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
  await runOk(bench, ['expose-volume', 'nfs-vol', '--create'], env)
  await runOk(bench, REGISTER, env)
  await makeVolume(vch, 'web', 'nfs-store')
  expect(await runToEnd('writer', 'web', ['sh', '-c', `printf '%s' '${CONTENT}' > file`])).toBe(0)
  // Somebody configures the VCH, so that the registration is not its last change.
  const stores = (await control.status()).stores.map((store) => store.argument)
  const words = [...stores, 'datastore1/more:more'].flatMap((store) => ['--volume-store', store])
  expect(await vicMachine(vch, 'configure', '--name', 'one', ...words)).toMatchObject({exitCode: 0})
  await untilAnswers(vch)
})
afterAll(() => bench.close())

describe('a registered share that cannot be un-registered', () => {
  it('is not taken down: the refusal lists its consumers and shows the way to park it', async () => {
    const argv = ['teardown', 'nfs-vol', '--yes']
    const refusal = {
      argv,
      env,
      code: 'VN-NOT-REMOVABLE',
      exitCode: 3,
      says: /Somebody has configured.*1 volume\(s\) \(web\)/,
    }
    const error = await expectRefused(bench, [vch], refusal)
    expect(error.tries).toEqual(['vicnfs teardown nfs-vol --park'])
    const containers = [{name: 'writer', state: 'exited'}]
    const stores = [{label: 'nfs-store', volumes: [{name: 'web', containers}]}]
    expect(error.details).toMatchObject({use: {vch: 'one', stores, clients: []}})
  })

  it('is not parked while a container runs on it', async () => {
    expect(await runContainer(vch, {name: 'busy', volume: 'web'})).toMatchObject({status: 204})
    const argv = ['teardown', 'nfs-vol', '--park']
    const error = await expectRefused(bench, [vch], {
      argv,
      env,
      code: 'VN-IN-USE',
      exitCode: 3,
      says: /busy \(web, running\)/,
    })
    expect(error.tries).toEqual([expect.stringContaining('stop busy')])
    await removeContainer(vch, 'busy')
  })

  it('is parked: the VCH boots on the empty server, and the volume is free with all its data', async () => {
    const parked = await runOk(bench, ['teardown', 'nfs-vol', '--park'], env)
    expect(parked).toEqual({outcome: 'parked', name: 'nfs-vol', unregistered: [], parked: ['nfs-store'], data: 'kept'})
    const boots = await bootCount(vch)
    await powerCycle()
    await untilAnswers(vch)
    expect([await bootCount(vch), await onlineStores(vch)]).toEqual([boots + 1, ['default', 'more', 'nfs-store']])
    expect(await runToEnd('elsewhere', 'nfs-vol', ['cat', 'volumes/web/file'])).toBe(0)
    expect(await runToEnd('control', 'nfs-vol', ['cat', 'volumes/web/none'])).not.toBe(0)
    await removeContainer(vch, 'control')
    expect(await readFile(onVolume('volumes', 'web', 'file'), 'utf8')).toBe(CONTENT)
    const again = await runOk(bench, ['teardown', 'nfs-vol', '--park'], env)
    expect(again).toMatchObject({outcome: 'unchanged', parked: ['nfs-store'], data: 'kept'})
  })

  it('is neither registered nor taken down nor served while that would be wrong', async () => {
    const refused = (argv: string[], code: string, says: RegExp) =>
      expectRefused(bench, [vch], {argv, env, code, exitCode: 3, says})
    await refused(['register-store', 'other', '--share', 'nfs-vol', '--yes'], 'VN-PARKED', /empty server/)
    await refused(['teardown', 'nfs-vol', '--yes'], 'VN-NOT-REMOVABLE', /goes on being parked/)
    await refused(['expose-volume', 'nfs-vol'], 'VN-SHARE-FOREIGN', /"elsewhere" is on the volume/)
    await removeContainer(vch, 'elsewhere')
    // Served again it would be refused all the same, and no longer be parked.
    const other = ['expose-volume', 'nfs-vol', '--register', 'other', '--allow-self-hosted', '--yes']
    await refused(other, 'VN-PLAN-REFUSED', /.*/)
    await refused(['expose-volume', 'nfs-vol', '--uid', '7'], 'VN-SHARE-DIFFERS', /uid is 0, asked for 7.*parked/s)
  })

  it('comes back with its volumes', async () => {
    const outcome = await bench.run(['expose-volume', 'nfs-vol', '--json'], env)
    expect(outcome.json).toMatchObject({ok: true, result: {outcome: 'unparked', unchanged: false}})
    expect((outcome.json as {warnings: string[]}).warnings.join()).toMatch(/does not show 1 volume.*\(web\)/)
    await powerCycle()
    await untilAnswers(vch)
    expect(await volumes()).toEqual(['nfs-vol', 'web'])
    expect(await runToEnd('reader', 'web', ['cat', 'file'])).toBe(0)
    const again = await runOk(bench, ['expose-volume', 'nfs-vol'], env)
    expect(again).toMatchObject({outcome: 'unchanged'})
    // It is a store already, which to register under another label would be refused.
    expect(again).not.toHaveProperty('next')
  })

  it('control: without a server at its address the VCH does not come back', async () => {
    await removeContainer(vch, 'vicnfs-nfs-vol')
    const failures = await failedBoots()
    await powerCycle()
    while ((await failedBoots()) < failures + 3) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await answers(vch)).toBe(false)
  })
})
