import {once} from 'node:events'
import {connect, createServer, type Server} from 'node:net'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {connectedClients} from '../../src/services/share/connected-clients.js'
import {connectVch} from '../../src/vch/connect.js'
import {endpointOf} from '../../src/vch/endpoint/endpoint.js'
import {errorOf, expectReadable, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {docker} from '../helpers/stand-in-world.js'
import {watchCli} from '../helpers/watched-cli.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let url: string
/** Takes connections at the port mapper's port and never answers. */
let mute: Server
let muteHost: string

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  const exposed = await runOk(bench, ['expose-volume', 'data', '--create'], env)
  url = (exposed as unknown as {share: {url: string}}).share.url
  muteHost = new URL(url).hostname.replace(/\d+$/, '250')
  mute = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve) => mute.listen(Number(env['VICNFS_PORTMAP_PORT'] ?? 111), muteHost, resolve))
})
afterAll(async () => {
  mute.close()
  await bench.close()
})

const fromVch = (target: string, ...words: string[]) =>
  bench.run(['preflight', target, '--from', 'vch', '--json', ...words], env)

/** Containers that a check has left. */
async function left(): Promise<string[]> {
  const {json} = await docker(vch, 'GET', '/containers/json?all=1')
  const names = (json as {Names: string[]}[]).flatMap(({Names}) => Names)
  return names.filter((name) => name.includes('check'))
}

async function exec(container: string, ...command: string[]): Promise<{exitCode: number; text: string}> {
  const {json} = await docker(vch, 'POST', `/containers/${container}/exec`, {Cmd: command, AttachStdout: true})
  const {Id: id} = json as {Id: string}
  const {json: said} = await docker(vch, 'POST', `/exec/${id}/start`, {Detach: false})
  const {json: state} = await docker(vch, 'GET', `/exec/${id}/json`)
  return {exitCode: (state as {ExitCode: number}).ExitCode, text: String(said)}
}

describe('preflight --from vch on the sandbox', () => {
  it('passes, and says what no sandbox can prove', async () => {
    const result = await runOk(bench, ['preflight', url, '--from', 'vch'], env)
    const rungs = (result as unknown as {rungs: {id: string; state: string; finding: string}[]}).rungs
    expect(result).toMatchObject({passed: true, from: 'vch', vch: 'one', network: 'bridge'})
    expect(rungs.filter(({state}) => state === 'passed')).toHaveLength(10)
    expect(rungs.slice(10)).toEqual(
      ['kernel-mount', 'kernel-write'].map((id) =>
        expect.objectContaining({
          id,
          state: 'skipped',
          finding: "not proven here: the sandbox's containers have no kernel of their own",
        }),
      ),
    )
    expect(await left()).toEqual([])
  })

  it('fails with the code of the rung where mountd refuses', async () => {
    const result = await fromVch(url.replace('/data', '/other'))
    expect(result.exitCode).toBe(5)
    const error = errorOf(result)
    expect(error.code).toBe('VN-NFS-NOT-EXPORTED')
    expectReadable(error)
    expect(error.details['report']).toMatchObject({passed: false, from: 'vch'})
    expect(await left()).toEqual([])
  })

  it('fails within its deadlines where nobody answers', async () => {
    const result = await fromVch(`nfs://${muteHost}/exports/data`, '--step-timeout', '2s')
    expect([result.exitCode, errorOf(result).code]).toEqual([5, 'VN-NFS-NO-ANSWER'])
    expect(await left()).toEqual([])
  })

  it('says that an image has no share-check', async () => {
    const result = await fromVch(url, '--image', 'busybox')
    expect([result.exitCode, errorOf(result).code]).toEqual([1, 'VN-CHECK-NO-PROGRAM'])
    expectReadable(errorOf(result))
    expect(await left()).toEqual([])
  })

  it('leaves no container after Ctrl-C', async () => {
    const target = `nfs://${muteHost}/exports/data`
    const cli = watchCli(['preflight', target, '--from', 'vch', '--step-timeout', '60s'], {
      ...env,
      VICNFS_STATE_DIR: bench.directory,
    })
    await cli.until(/Climb the ladder/)
    while ((await left()).length === 0) await new Promise((resolve) => setImmediate(resolve))
    cli.signalGroup('SIGINT')
    expect(await cli.finished).toMatchObject({exitCode: 130})
    expect(await left()).toEqual([])
  })
})

describe('share-check in a server container of the sandbox', () => {
  it('says that the own export can be mounted', async () => {
    const {exitCode, text} = await exec('vicnfs-data', 'share-check')
    expect(exitCode).toBe(0)
    expect(text).toMatch(/share-check: \/exports\/data can be mounted \(mountd \d+, nfsd \d+\)/)
  })

  it('lists who has a connection to it, for as long as there is one', async () => {
    const {hostname: host} = new URL(url)
    const {text} = await exec('vicnfs-data', 'share-check')
    const port = Number(/nfsd (\d+)/.exec(text)?.[1])
    const localAddress = host.replace(/\d+$/, '249')
    const client = connect({host, port, localAddress})
    await once(client, 'connect')
    const api = await connectVch(endpointOf({kind: 'unix', path: vch.socketPath}, 'a test', {verify: true}))
    const list = () => connectedClients(api, 'vicnfs-data', {signal: new AbortController().signal})
    expect(await list()).toEqual([localAddress])
    await once(client.end(), 'close')
    expect(await list()).toEqual([])
  })
})
