import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {openJournal} from '../../src/journal/journal.js'
import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {makeVolume, removeContainer, runContainer, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker, onlineStores, untilAnswers, vicMachine} from '../helpers/stand-in-world.js'
import {watchCli} from '../helpers/watched-cli.js'

const REGISTER = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes']
const PARK = ['teardown', 'nfs-vol', '--park']
const SERVE = ['expose-volume', 'nfs-vol']
const CONTENT = 'data that nobody may lose'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient
let address: string | undefined

const openExchanges = async (): Promise<number> =>
  (await openJournal(bench.directory).history()).filter(
    ({intent, result}) => intent.action === 'server-exchange' && result === undefined,
  ).length

/** Kills the command's whole group at these words of it. @returns how many exchanges it has left open */
async function killAt(argv: readonly string[], words: RegExp): Promise<number> {
  const cli = watchCli(argv, env, {holdAt: words})
  await cli.held()
  cli.signalGroup('SIGKILL')
  expect((await cli.finished).signal).toBe('SIGKILL')
  return openExchanges()
}

/** One running container of ours at the address, and the data is there. */
async function expectServed(): Promise<void> {
  const {containers} = await control.status()
  const ours = containers.filter(({name}) => name === 'vicnfs-nfs-vol')
  expect(ours.map(({power, address: at}) => [power, at])).toEqual([['running', address]])
  expect(await openExchanges()).toBe(0)
  expect(await readFile(path.join(vch.directory, 'volumes', 'nfs-vol', 'volumes', 'web', 'file'), 'utf8')).toBe(CONTENT)
}

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one', {knobs: {containerStopDelayMs: 100, containerStartDelayMs: 100}})
  env = bench.environment(vch)
  control = await bench.control(vch)
  await runOk(bench, ['expose-volume', 'nfs-vol', '--create'], env)
  await runOk(bench, REGISTER, env)
  await makeVolume(vch, 'web', 'nfs-store')
  const command = ['sh', '-c', `printf '%s' '${CONTENT}' > file`]
  await runContainer(vch, {name: 'writer', volume: 'web', command})
  await docker(vch, 'POST', '/containers/writer/wait')
  await removeContainer(vch, 'writer')
  const {stores, containers} = await control.status()
  address = containers[0]?.address
  const words = [...stores.map((store) => store.argument), 'datastore1/more:more'].flatMap((each) => [
    '--volume-store',
    each,
  ])
  expect(await vicMachine(vch, 'configure', '--name', 'one', ...words)).toMatchObject({exitCode: 0})
  await untilAnswers(vch)
})
afterAll(() => bench.close())

describe('kill -9 at each step', () => {
  it.each([
    ['before anything', /▸ Make sure that nothing of/, 0],
    ['the old server is about to stop', /▸ Stop and remove the server container of before/, 1],
    ['the old server stops', /POST \S+\/containers\/\w+\/stop/, 1],
    ['the new one is about to be made', /▸ Make an empty server/, 1],
    ['the new one is about to start', /▸ Start it/, 1],
    ['the new one starts', /POST \S+\/containers\/\w+\/start/, 1],
    ['the VCH could boot again', /▸ Replay on it/, undefined],
  ])('of parking, while %s: the next park ends it', async (_title, line, open) => {
    const left = await killAt(PARK, line)
    if (open !== undefined) expect(left).toBe(open)
    expect(await runOk(bench, PARK, env)).toMatchObject({parked: ['nfs-store'], data: 'kept'})
    await expectServed()
    expect(await runOk(bench, SERVE, env)).toMatchObject({outcome: 'unparked'})
    await expectServed()
  })

  it('of parking: another command on the share puts an end to it first, too, and the VCH boots', async () => {
    expect(await killAt(PARK, /▸ Make an empty server/)).toBe(1)
    const end = await bench.run(['teardown', 'nfs-vol', '--yes', '--json'], env)
    expect(end.json).toMatchObject({ok: false, error: {code: 'VN-NOT-REMOVABLE'}})
    await expectServed()
    await control.vchPowerOff()
    await control.vchPowerOn()
    await untilAnswers(vch)
    expect(await onlineStores(vch)).toEqual(['default', 'more', 'nfs-store'])
  })

  it.each([
    ['the parked server stops', /POST \S+\/containers\/\w+\/stop/],
    ['the real one is about to be made', /▸ Make the server container at this address/],
  ])('of un-parking, while %s: the next run serves the volume', async (_title, line) => {
    await runOk(bench, PARK, env)
    expect(await killAt(SERVE, line)).toBe(1)
    await runOk(bench, SERVE, env)
    await expectServed()
    expect(await runOk(bench, SERVE, env)).toMatchObject({outcome: 'unchanged'})
  })
})

describe('Ctrl-C', () => {
  it('while nobody is at the address: the exchange is brought to its end', async () => {
    const cli = watchCli(PARK, env, {holdAt: /▸ Make an empty server/})
    await cli.held()
    cli.signalGroup('SIGINT')
    cli.letGo()
    const {exitCode, stderr, stdout} = await cli.finished
    expect({exitCode, stdout}).toEqual({exitCode: 0, stdout: expect.stringMatching(/^parked: an empty server/)})
    expect(stderr).toContain('is brought to its end first')
    await expectServed()
  })
})
