import {readFile, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {expectRefused, makeVolume, removeContainer, runContainer, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker, onlineStores, untilAnswers} from '../helpers/stand-in-world.js'

const MOVE = ['move-share', 'old', 'new', '--create', '--capacity', '2GB', '--yes']

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

const onDisk = (...parts: string[]): string => path.join(vch.directory, 'volumes', ...parts)
/** Runs a shell command on a volume to its end. @returns its exit code */
async function runToEnd(name: string, command: string): Promise<number> {
  expect(await runContainer(vch, {name, volume: 'web', command: ['sh', '-c', command]})).toMatchObject({status: 204})
  const {json} = await docker(vch, 'POST', `/containers/${name}/wait`)
  await removeContainer(vch, name)
  return (json as {StatusCode: number}).StatusCode
}
const addressOf = async (container: string): Promise<string> => {
  const {json} = await docker(vch, 'GET', `/containers/${container}/json`)
  const {Networks} = (json as {NetworkSettings: {Networks: Record<string, {IPAddress: string}>}}).NetworkSettings
  return Object.values(Networks)[0]?.IPAddress ?? ''
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  await runOk(bench, ['expose-volume', 'old', '--create'], env)
  await runOk(bench, ['register-store', 'shared', '--share', 'old', '--allow-self-hosted', '--yes'], env)
  await makeVolume(vch, 'web', 'shared')
  expect(await runToEnd('writer', 'echo kept > file; ln file twin; chmod 640 file')).toBe(0)
})
afterAll(() => bench.close())

describe('move-share', () => {
  it('refuses while a container is running on the share, and makes nothing', async () => {
    await runContainer(vch, {name: 'busy', volume: 'web', command: ['sleep', '600']})
    await expectRefused(bench, [vch], {argv: MOVE, env, code: 'VN-IN-USE', exitCode: 3, says: /busy/})
    await removeContainer(vch, 'busy')
  })

  it('refuses a volume that holds something else, and takes its server away again', async () => {
    await makeVolume(vch, 'other', 'default')
    await writeFile(onDisk('other', 'theirs'), 'not ours')
    const refused = await bench.run(['move-share', 'old', 'other', '--yes', '--json'], env)
    expect(refused).toMatchObject({exitCode: 3, json: {error: {code: 'VN-MOVE-TARGET'}}})
    expect((refused.json as {error: {reason: string}}).error.reason).toContain('theirs')
    expect(await readFile(onDisk('other', 'theirs'), 'utf8')).toBe('not ours')
    const {containers} = await (await bench.control(vch)).status()
    expect(containers.map(({name}) => name)).toEqual(['vicnfs-old'])
  })

  it('serves the copy at the same address; containers go on with their volumes, the old volume keeps its data', async () => {
    const address = await addressOf('vicnfs-old')
    const moved = await bench.run([...MOVE, '--json'], env)
    expect(moved).toMatchObject({exitCode: 0, json: {result: {outcome: 'moved', stores: ['shared']}}})
    expect(await addressOf('vicnfs-new')).toBe(address)
    expect(await docker(vch, 'GET', '/containers/vicnfs-old/json')).toMatchObject({status: 404})
    expect(await runToEnd('reader', 'grep kept file && echo more > file')).toBe(0)
    expect(await readFile(onDisk('new', 'volumes', 'web', 'file'), 'utf8')).toBe('more\n')
    expect(await readFile(onDisk('old', 'volumes', 'web', 'file'), 'utf8')).toBe('kept\n')
    expect((await stat(onDisk('old', 'volumes', 'web', 'twin'))).nlink).toBe(2)
    await (await bench.control(vch)).vchPowerOff()
    await (await bench.control(vch)).vchPowerOn()
    await untilAnswers(vch)
    expect(await onlineStores(vch)).toEqual(['default', 'shared'])
  })

  it('is unchanged the second time, and what follows knows the share by its new volume', async () => {
    expect(await bench.run(MOVE, env)).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^unchanged: new/)})
    const again = await bench.run(['move-share', 'new', 'new', '--yes'], env)
    expect(again).toMatchObject({exitCode: 2})
    const removed = await bench.run(['teardown', '--label', 'shared', '--yes', '--json'], env)
    expect(removed.json).toMatchObject({result: {outcome: 'removed', name: 'new', unregistered: ['shared']}})
  })
})
