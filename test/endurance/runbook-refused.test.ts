import {existsSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {errorOf, makeVolume, runOk, worldOf} from '../helpers/refusals-world.js'
import {manyShares, runbookVch, writeRunbook} from '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {volumeNames} from '../helpers/sandbox-sights.js'

let bench: SandboxBench
let server: SandboxHandle
let web: SandboxHandle
let env: Environment
let vchs: Record<string, unknown>

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, web] = await Promise.all([bench.start('server'), bench.start('web')])
  const {DOCKER_HOST: _host, ...rest} = bench.environment(server)
  env = rest
  vchs = {storage: runbookVch(server), web: runbookVch(web)}
})
afterAll(() => bench.close())

const share = (extra: Record<string, unknown>) => ({vch: 'storage', network: 'storage-net', ...extra})

describe('what cannot be done', () => {
  it('is said all at once, with codes, and nothing is made, not even what could be', async () => {
    const file = await writeRunbook(bench.directory, {
      vchs,
      shares: {
        good: share({create: true, store: {label: 'good', vch: 'web'}}),
        missing: share({store: {label: 'missing', vch: 'web'}}),
        lost: share({create: true, network: 'no-such-net'}),
        own: share({vch: 'web', create: true, store: {label: 'own', vch: 'web'}}),
      },
    })
    const plan = path.join(bench.directory, 'refused.json')
    const before = worldOf(bench, [server, web])
    for (const argv of [
      ['plan', file, '-o', plan],
      ['apply', file, '--yes'],
    ]) {
      const result = await bench.run(['runbook', ...argv, '--json'], env)
      const error = errorOf(result)
      const {refusals} = error.details as {refusals: readonly {code: string; name: string}[]}
      expect(refusals.map(({name, code}) => `${name} ${code}`)).toEqual([
        'missing VN-SHARE-NO-VOLUME',
        'lost VN-SHARE-NETWORK',
        'own VN-SELF-HOSTED',
      ])
      expect({code: error.code, exitCode: result.exitCode}).toMatchObject({code: 'VN-RUNBOOK-REFUSED'})
    }
    expect(existsSync(plan)).toBe(false)
    expect(worldOf(bench, [server, web])).toEqual(before)
  })

  it('leaves the rest to --keep-going, but a VCH with anything refused is left alone', async () => {
    const file = await writeRunbook(bench.directory, {
      vchs,
      shares: {
        good: share({create: true, store: {label: 'good', vch: 'web'}}),
        missing: share({store: {label: 'missing', vch: 'web'}}),
      },
    })
    const result = await bench.run(['runbook', 'apply', file, '--yes', '--keep-going', '--json'], env)
    const {recap} = errorOf(result).details as {recap: RunbookRecap}
    expect(recap.shares.map(({key, outcome}) => [key, outcome])).toEqual([
      ['good', 'created'],
      ['missing', 'refused'],
    ])
    expect(recap.stores.map(({outcome}) => outcome)).toEqual(['refused', 'refused'])
    expect(recap.counts).toMatchObject({changed: 1, refused: 3, powerCycles: 0})
    await makeVolume(server, 'missing')
    const mended = await runOk<RunbookRecap>(bench, ['runbook', 'apply', file, '--yes'], env)
    expect(mended.counts).toMatchObject({ok: 4, changed: 3, unchanged: 1, powerCycles: 1})
  })

  it('is undone as far as this run has made it, when a step fails before any VCH is touched; volumes stay', async () => {
    const file = await writeRunbook(bench.directory, {
      vchs,
      shares: manyShares(1, {server: 'storage', consumer: 'web', prefix: 'undone'}),
      steps: [{name: 'stop here', before: 'stores', run: ['node', '-e', 'console.error("no!"); process.exit(3)']}],
    })
    const containers = async () => (await (await bench.control(server)).status()).containers.map(({name}) => name)
    const before = await containers()
    const result = await bench.run(['runbook', 'apply', file, '--yes', '--json'], env)
    const error = errorOf(result)
    const {recap} = error.details as {recap: RunbookRecap}
    expect(result.exitCode).toBe(1)
    expect(error.reason).toContain('The step "stop here" ended with exit code 3. Its last words: no!.')
    expect(recap.shares).toMatchObject([{key: 'undone1', outcome: 'undone'}])
    expect(await containers()).toEqual(before)
    expect(await volumeNames(server)).toContain('undone1')
  })

  it('includes a plan that somebody else has made stale by adding a store', async () => {
    const file = await writeRunbook(bench.directory, {
      vchs,
      shares: manyShares(1, {server: 'storage', consumer: 'web', prefix: 'late'}),
    })
    const plan = path.join(bench.directory, 'late.json')
    await runOk(bench, ['runbook', 'plan', file, '-o', plan], env)
    await makeVolume(server, 'other')
    const two = bench.environment(server, web)
    await runOk(bench, ['expose-volume', 'other', '--network', 'storage-net'], two)
    await runOk(bench, ['register-store', 'others', '--share', 'other', '--yes'], two)
    const before = worldOf(bench, [server, web])
    const result = await bench.run(['runbook', 'apply', plan, '--json'], env)
    const error = errorOf(result)
    expect({code: error.code, exitCode: result.exitCode}).toEqual({code: 'VN-PLAN-STALE', exitCode: 3})
    expect(error.reason).toContain('the VCH "web" lists the store "others", which it did not')
    expect(worldOf(bench, [server, web])).toEqual(before)
  })
})
