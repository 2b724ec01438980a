import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {readdir} from 'node:fs/promises'
import path from 'node:path'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ShareStatus, StatusReport} from '../../src/model/status-report.js'
import {statusOf} from '../../src/services/share-status.js'
import {serviceAdapters} from '../helpers/service-adapters.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'

const EXPOSE = ['expose-volume', 'nfs-vol', '--create', '--capacity', '1GB', '--network', 'storage-net']
const REGISTER = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--yes', '--quiet']

let bench: SandboxBench

beforeEach(async () => {
  bench = await openSandboxBench()
})
afterEach(() => bench.close())

interface Seen {
  readonly exitCode: number
  readonly report: StatusReport
  readonly share: ShareStatus
}

async function look(env: Environment, ...flags: readonly string[]): Promise<Seen> {
  const {json, exitCode} = await bench.run(['status', ...flags, '--json'], env)
  const {result} = json as {result: StatusReport}
  expect(result.shares).toHaveLength(1)
  return {exitCode, report: result, share: result.shares[0]!}
}

/** The state folder of another machine: it has no journal. */
const elsewhere = (): string => path.join(bench.directory, 'elsewhere')
const WITHOUT_VIC_MACHINE = {VICNFS_VIC_MACHINE: undefined}

async function removeByHand(env: Environment): Promise<void> {
  const {server} = await serviceAdapters(env)
  await server.removeContainer('vicnfs-nfs-vol', {force: true})
}

async function registered(): Promise<{readonly vch: SandboxHandle; readonly env: Environment}> {
  const vch = await bench.start('one')
  const env = bench.environment(vch)
  expect(await bench.run(EXPOSE, env)).toMatchObject({exitCode: 0})
  expect(await bench.run([...REGISTER, '--allow-self-hosted'], env)).toMatchObject({exitCode: 0})
  return {vch, env}
}

describe('a share that its own VCH mounts', () => {
  it('is well until its server is removed by hand: then the next boot is in danger, and after it the VCH is down', async () => {
    const {vch, env} = await registered()
    const before = await readdir(bench.directory)
    const well = await look(env, '--exit-code')
    expect(well).toMatchObject({
      exitCode: 0,
      report: {verdict: 'ok', findings: [], notAsked: []},
      share: {
        name: 'nfs-vol',
        server: {state: 'running'},
        mountable: true,
        stores: [{label: 'nfs-store', registered: true, online: true, from: 'vic-machine'}],
        space: {totalBytes: 1_000_000_000},
        findings: [{word: 'self-hosted', severity: 'note'}],
      },
    })
    expect(well.share.space?.usedBytes).toBeLessThan(10_000_000)
    // It has made no lock and no entry of its own.
    expect(await readdir(bench.directory)).toEqual(before)

    await removeByHand(env)
    const danger = await look(env, '--exit-code')
    expect(danger).toMatchObject({exitCode: 7, share: {verdict: 'danger', server: {state: 'gone'}}})
    expect(danger.share.findings).toMatchObject([
      {word: 'server-gone', severity: 'danger', text: expect.stringContaining('Before the next boot of "one"')},
    ])
    expect((await look(env)).exitCode).toBe(0)

    const control = await bench.control(vch)
    await control.vchPowerOff()
    await control.vchPowerOn()
    const looping = await look(env)
    expect(looping).toMatchObject({
      exitCode: 8,
      report: {vchs: [{api: 'down'}], findings: [{word: 'vch-down', severity: 'danger'}]},
      share: {name: 'nfs-vol', verdict: 'danger', server: {state: 'unknown'}, findings: [{word: 'not-mountable'}]},
    })
    const fromJournal = await look({...env, ...WITHOUT_VIC_MACHINE})
    expect(fromJournal).toMatchObject({exitCode: 8, share: {stores: [{label: 'nfs-store', from: 'journal'}]}})
    // Nobody is left who knows anything.
    const nobody = await serviceAdapters({...env, ...WITHOUT_VIC_MACHINE, VICNFS_STATE_DIR: elsewhere()})
    await expect(statusOf({}, nobody, {})).rejects.toMatchObject({code: 'VN-VCH-UNREACHABLE'})
  })
})

describe('a share of two VCHs', () => {
  it('is found on a machine without a journal, with vic-machine and without', async () => {
    const [server, consumer] = [await bench.start('server'), await bench.start('consumer')]
    const env = bench.environment(server, consumer)
    expect(await bench.run(EXPOSE, env)).toMatchObject({exitCode: 0})
    expect(await bench.run(REGISTER, env)).toMatchObject({exitCode: 0})
    const adapters = await serviceAdapters({...env, VICNFS_STATE_DIR: elsewhere()})
    const report = await statusOf({}, adapters, {})
    expect(report).toMatchObject({
      verdict: 'ok',
      vchs: [
        {roles: ['server'], name: 'server'},
        {roles: ['consumer'], name: 'consumer'},
      ],
      shares: [{name: 'nfs-vol', stores: [{vch: 'consumer', from: 'vic-machine'}], findings: []}],
    })
    const plain = await statusOf({}, {...adapters, hasVicMachine: false}, {})
    expect(plain).toMatchObject({
      verdict: 'ok',
      shares: [{stores: [{label: 'nfs-store', vch: 'consumer', registered: true, online: true, from: 'record'}]}],
    })
    expect(await readdir(bench.directory)).not.toContain('elsewhere')
    const text = await bench.run(['status', 'nfs-vol', '--tree'], env)
    expect(text.stdout).toMatch(/nfs-vol running at .*: ok\n.* nfs-store of consumer: online, no volumes/)
  })
})
