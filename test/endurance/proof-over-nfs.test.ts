import {readFileSync, renameSync, writeFileSync} from 'node:fs'
import {cp} from 'node:fs/promises'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {Check} from '../../src/services/verification/evidence.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {
  errorOf,
  expectReadable,
  makeVolume,
  removeContainer,
  runContainer,
  runOk,
  type ReportedError,
} from '../helpers/refusals-world.js'
import {docker} from '../helpers/stand-in-world.js'
import {watchCli, type WatchedCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  const expose = ['expose-volume', '--create', '--allow-self-hosted', '--yes']
  await runOk(bench, [...expose, 'data', '--register', 'nfs-store'], env)
  await makeVolume(vch, 'shared', 'nfs-store')
})
afterAll(() => bench.close())

/** The folder behind a volume of the NFS store, where the server container has it. */
const folderOf = (volume: string, share = 'data'): string =>
  path.join(vch.directory, 'volumes', share, 'volumes', volume)

async function runToEnd(name: string, script: string): Promise<{exitCode: number; log: string}> {
  const started = await runContainer(vch, {name, volume: 'shared', command: ['sh', '-c', script]})
  expect(started).toMatchObject({status: 204})
  const {json: ended} = await docker(vch, 'POST', `/containers/${name}/wait`)
  const log = await docker(vch, 'GET', `/containers/${name}/logs?stdout=1&stderr=1&tail=10`)
  await removeContainer(vch, name)
  return {exitCode: (ended as {StatusCode: number}).StatusCode, log: String(log.json)}
}

const deed = async (container: string, what: string) =>
  expect((await docker(vch, 'POST', `/containers/${container}/${what}`)).status).toBe(204)

describe('what containers share, they share over NFS', () => {
  it('is written through the server into its folder', async () => {
    expect(await runToEnd('writer', 'echo from the writer > note')).toMatchObject({exitCode: 0})
    expect(readFileSync(path.join(folderOf('shared'), 'note'), 'utf8')).toBe('from the writer\n')
    expect((await runToEnd('reader', 'cat note')).log).toContain('from the writer')
  })

  it('cannot be read while the server is stopped: the start of the reader fails in words of VIC', async () => {
    await deed('vicnfs-data', 'stop')
    const refused = await runContainer(vch, {name: 'reader', volume: 'shared', command: ['sh', '-c', 'cat note']})
    expect(refused.status).toBe(500)
    expect(refused.json).toMatchObject({
      message: expect.stringMatching(/unable to wait for process launch status: .*deadline exceeded/),
    })
    await removeContainer(vch, 'reader')
    await deed('vicnfs-data', 'start')
    expect(await runOk(bench, ['expose-volume', 'data'], env)).toMatchObject({outcome: 'unchanged'})
    expect((await runToEnd('reader', 'cat note')).log).toContain('from the writer')
  })

  it('is what the server has: with its folder swapped, the reader sees the swap', async () => {
    const folder = folderOf('shared')
    await cp(folder, `${folder}-swapped`, {recursive: true})
    writeFileSync(path.join(`${folder}-swapped`, 'note'), 'from somebody else\n')
    renameSync(folder, `${folder}-original`)
    renameSync(`${folder}-swapped`, folder)
    const {exitCode, log} = await runToEnd('reader', 'cat note')
    expect({exitCode, log}).toEqual({exitCode: 0, log: expect.stringContaining('from somebody else')})
    expect(log).not.toContain('from the writer')
  })
})

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

/** A proof that stands still where the second container is about to read. */
async function heldVerify(): Promise<WatchedCli> {
  const own = {...env, VICNFS_STATE_DIR: bench.directory}
  const cli = watchCli(['verify', 'nfs-store'], own, {holdAt: /▸ Container B reads/})
  await cli.held()
  return cli
}

describe('verify', () => {
  it('leaves nothing behind after Ctrl-C', async () => {
    const before = await leftovers()
    const cli = await heldVerify()
    cli.signalGroup('SIGINT')
    cli.letGo()
    expect(await cli.finished).toMatchObject({exitCode: 130})
    expect(await leftovers()).toEqual(before)
  })

  it('proves the store and leaves nothing behind, not even of a proof that was killed', async () => {
    const before = await leftovers()
    const cli = await heldVerify()
    cli.signalGroup('SIGKILL')
    await cli.finished
    expect(await leftovers()).not.toEqual(before)
    const {aWrote, bRead, bWrote, aRead, nonRoot, evidence} = await runOk(bench, ['verify', 'nfs-store'], env)
    expect([bRead, aRead]).toEqual([aWrote, bWrote])
    expect(nonRoot).toBe('cannot write')
    expect(await leftovers()).toEqual(before)
    const outcomes = (evidence as Check[]).map(({id, outcome}) => [id, outcome])
    expect(Object.fromEntries(outcomes)).toEqual({
      ...{volume: 'proven', 'a-to-b': 'proven', 'b-to-a': 'proven', 'append-by-turns': 'proven', checksum: 'proven'},
      ...{owner: 'proven', 'clean-up': 'proven', 'non-root': 'failed'},
      // What containers that are processes of one machine cannot show is never taken for proven.
      ...{
        'at-once': 'not-proven',
        'own-files-at-once': 'not-proven',
        'append-at-once': 'not-proven',
        mount: 'not-proven',
      },
    })
  })

  it('fails where containers that do not run as root must write, but cannot', () =>
    expectProofFails(['verify', 'nfs-store', '--require-non-root'], /uid 1000 cannot write/, 'VN-VERIFY-NON-ROOT'))
})
