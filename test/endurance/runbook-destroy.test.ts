import {existsSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import type {RunbookStatus} from '../../src/services/runbook/status-runbook.js'
import {errorOf, removeContainer, runContainer, runOk, worldOf} from '../helpers/refusals-world.js'
import {runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {readState, volumeNames} from '../helpers/sandbox-sights.js'
import {docker, untilAnswers, vicMachine} from '../helpers/stand-in-world.js'

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let batch: SandboxHandle
let env: Environment
let file: string

const labelsOf = async (vch: SandboxHandle): Promise<string[]> =>
  (await readState(vch)).guestInfo.stores.map(({label}) => label).sort()

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web, batch] = await Promise.all([bench.start('server'), bench.start('web'), bench.start('batch')])
  const {DOCKER_HOST: _host, ...rest} = bench.environment(server)
  env = rest
  const share = {vch: 'storage', create: true, network: 'storage-net'}
  file = await writeRunbook(bench.directory, {
    vchs: {storage: runbookVch(server), web: runbookVch(web), batch: runbookVch(batch)},
    shares: {
      whole: {...share, store: {label: 'whole', vch: 'web'}},
      parts: {...share, directories: {web: {label: 'parts', vch: 'web'}, batch: {label: 'parts', vch: 'batch'}}},
      lone: share,
    },
  })
})
afterAll(() => bench.close())

describe('runbook destroy', () => {
  it('after an apply to two VCHs: each is registered by one configure, and every store can be proven', async () => {
    const recap = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file, '--yes'], env)
    expect(recap.counts).toMatchObject({ok: 6, changed: 6, powerCycles: 2})
    expect([await labelsOf(web), await labelsOf(batch)]).toEqual([
      ['default', 'parts', 'whole'],
      ['default', 'parts'],
    ])
    const proofs = await runOk<RunbookRecap>(bench, ['runbook', 'verify', file, '--target', 'batch'], env)
    expect(proofs.stores).toMatchObject([{label: 'parts', vch: 'batch', proof: 'proven'}])
  })

  it('asks, and refuses while a container uses a store, before anything is changed', async () => {
    const before = worldOf(bench, [server, web, batch])
    const unasked = await bench.run(['runbook', 'destroy', file, '--json'], env)
    expect({code: errorOf(unasked).code, exitCode: unasked.exitCode}).toEqual({code: 'VN-CONSENT-MISSING', exitCode: 2})
    expect(worldOf(bench, [server, web, batch])).toEqual(before)
    const volume = {Name: 'used', Driver: 'vsphere', DriverOpts: {VolumeStore: 'parts'}}
    expect(await docker(batch, 'POST', '/volumes/create', volume)).toMatchObject({status: 201})
    await runContainer(batch, {name: 'user', volume: 'used'})
    const inUse = worldOf(bench, [server, web, batch])
    const used = await bench.run(['runbook', 'destroy', file, '--yes', '--json'], env)
    expect({code: errorOf(used).code, exitCode: used.exitCode}).toEqual({code: 'VN-RUNBOOK-REFUSED', exitCode: 3})
    expect(errorOf(used).reason).toContain('VN-IN-USE')
    expect(worldOf(bench, [server, web, batch])).toEqual(inUse)
    await removeContainer(batch, 'user')
    expect(await docker(batch, 'DELETE', '/volumes/used')).toMatchObject({status: 204})
  })

  it('un-registers by one rollback a VCH, removes the servers, and keeps the data; then there is nothing to do', async () => {
    const recap = await runOk<RunbookRecap>(bench, ['runbook', 'destroy', file, '--yes'], env)
    expect(recap.counts).toMatchObject({ok: 6, changed: 6, powerCycles: 2})
    expect([await labelsOf(web), await labelsOf(batch)]).toEqual([['default'], ['default']])
    expect((await readState(server)).containers).toEqual([])
    expect((await volumeNames(server)).sort()).toEqual(['lone', 'parts', 'whole'])
    expect(existsSync(path.join(server.directory, 'volumes', 'parts', 'batch', 'volumes'))).toBe(true)
    const again = await runOk<RunbookRecap>(bench, ['runbook', 'destroy', file], env)
    expect(again.counts).toMatchObject({changed: 0, unchanged: 6, powerCycles: 0})
  })
})

describe('a runbook with a parked share', () => {
  /** What a command needs to mean the VCHs of the runbook in a shell without their settings. */
  const here = (command: string, consumer: SandboxHandle): unknown =>
    expect.stringContaining(
      `${command} --host ${server.environment('both')['DOCKER_HOST']} --consumer-host ${consumer.environment('both')['DOCKER_HOST']}`,
    )

  it('has stores that are not there, and are not proven then', async () => {
    const verified = await bench.run(['runbook', 'verify', file, '--target', 'batch', '--json'], env)
    const {recap} = errorOf(verified).details as {recap: RunbookRecap}
    expect(verified.exitCode).toBe(5)
    expect(recap.stores[0]?.error).toMatchObject({code: 'VN-STORE-UNKNOWN', tries: [`vicnfs runbook apply ${file}`]})
  })

  it('is told with commands that mean its VCHs', async () => {
    await runOk(bench, ['runbook', 'apply', file, '--yes'], env)
    const [whole, parts] = await Promise.all(
      ['whole', 'parts'].map((name) => bench.run(['runbook', 'destroy', file, '--only', name, '--yes', '--json'], env)),
    )
    for (const [name, refused] of Object.entries({whole, parts})) {
      const error = errorOf(refused as NonNullable<typeof refused>)
      expect(error.reason).toContain('VN-NOT-REMOVABLE')
      expect(error.tries[0]).toEqual(here(`vicnfs teardown ${name} --park`, web))
    }
    await runOk(bench, ['teardown', 'whole', '--park'], {...env, ...bench.environment(server, web)})
    const {looks} = await runOk<RunbookStatus>(bench, ['runbook', 'status', file], env)
    const rows = looks.flatMap(({report}) => report?.shares ?? [])
    const row = rows.find(({name}) => name === 'whole')
    // The runbook has no store for it.
    expect(rows.find(({name}) => name === 'lone')).toMatchObject({verdict: 'ok', findings: []})
    expect(row?.findings.map(({word, tries}) => [word, tries])).toEqual([
      ['parked', [here('vicnfs expose-volume whole --network storage-net', web)]],
    ])
  })

  it('is taken down with it: the empty server, which is started for the restart, goes like any other', async () => {
    expect(await docker(server, 'POST', '/containers/vicnfs-whole/stop')).toMatchObject({status: 204})
    const recap = await runOk<RunbookRecap>(bench, ['runbook', 'destroy', file, '--yes'], env)
    expect(recap.counts).toMatchObject({ok: 6, changed: 6, powerCycles: 2})
    expect([await labelsOf(web), await labelsOf(batch)]).toEqual([['default'], ['default']])
    expect((await readState(server)).containers).toEqual([])
    expect((await volumeNames(server)).sort()).toEqual(['lone', 'parts', 'whole'])
  })

  it('names the parking of each where several cannot be un-registered', async () => {
    await runOk(bench, ['runbook', 'apply', file, '--yes'], env)
    const stores = (await readState(web)).guestInfo.stores.map(({argument}) => argument)
    const words = [...stores, 'datastore1/more:more'].flatMap((store) => ['--volume-store', store])
    expect(await vicMachine(web, 'configure', '--name', 'web', ...words)).toMatchObject({exitCode: 0})
    await untilAnswers(web)
    const refused = await bench.run(['runbook', 'destroy', file, '--target', 'web', '--yes', '--json'], env)
    expect({exitCode: refused.exitCode, tries: errorOf(refused).tries}).toEqual({
      exitCode: 3,
      tries: ['whole', 'parts'].map((name) => here(`vicnfs teardown ${name} --park`, web)),
    })
  })
})
