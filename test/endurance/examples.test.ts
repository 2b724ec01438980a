import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {readFile, stat} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {RunbookRecap} from '../../src/services/runbook/recap.js'
import {errorOf, removeContainer, runContainer, runOk} from '../helpers/refusals-world.js'
import '../helpers/runbook-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, readState} from '../helpers/sandbox-sights.js'
import {docker} from '../helpers/stand-in-world.js'

const NAMES = ['storage', 'web', 'batch'] as const

let bench: SandboxBench
let vchs: Record<(typeof NAMES)[number], SandboxHandle>
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  const [storage, web, batch] = await Promise.all(NAMES.map((name) => bench.start(name)))
  vchs = {storage: storage!, web: web!, batch: batch!}
  env = Object.assign({}, ...NAMES.map((name) => vchs[name].environment('runbook'))) as Environment
})
afterAll(() => bench.close())

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.yaml`, import.meta.url))
const apply = (name: string, more: Environment = {}, consents: string[] = []): Promise<RunbookRecap> =>
  runOk<RunbookRecap>(bench, ['runbook', 'apply', example(name), '--yes', ...consents], {...env, ...more})
const outcomes = (recap: RunbookRecap): unknown => ({
  shares: recap.shares.map(({outcome}) => outcome),
  stores: recap.stores.map(({outcome}) => outcome),
})
const labelsOf = async (name: 'web' | 'batch'): Promise<string[]> =>
  (await readState(vchs[name])).guestInfo.stores.map(({label}) => label)

describe('the examples work as they stand', () => {
  it('one-share: registered and proven, and a second time nothing changes', async () => {
    expect(outcomes(await apply('one-share'))).toEqual({shares: ['created'], stores: ['registered']})
    const boots = await bootCount(vchs.web)
    expect(outcomes(await apply('one-share'))).toEqual({shares: ['unchanged'], stores: ['unchanged']})
    expect(await bootCount(vchs.web)).toBe(boots)
  })

  it('recover-boot-loop: a VCH whose server is gone comes up by itself once the volume is served again', async () => {
    const {containers} = await (await bench.control(vchs.storage)).status()
    const {address} = containers.find(({name}) => name === 'vicnfs-projects')!
    const control = await bench.control(vchs.web)
    await removeContainer(vchs.storage, 'vicnfs-projects')
    await control.vchPowerOff()
    await control.vchPowerOn()
    // Control: without its server the port layer ends again and again, and nobody answers.
    await until(async () => (await portLayerEnds()) >= 2)
    expect(await isRunning('web')).toBe(false)
    const recap = await apply('recover-boot-loop', {VICNFS_LOST_ADDRESS: address})
    expect(outcomes(recap)).toEqual({shares: ['created'], stores: []})
    await until(() => isRunning('web'))
    expect(outcomes(await apply('one-share'))).toEqual({shares: ['unchanged'], stores: ['unchanged']})
  })

  it('production-export: for uid 1000, root squashed, proven as non-root', async () => {
    const recap = await apply('production-export')
    expect(recap.stores[0]?.url).toMatch(/uid=1000&gid=1000$/)
    expect(outcomes(recap)).toEqual({shares: ['created'], stores: ['registered']})
  })

  it('storage-and-two-consumers: a directory each', async () => {
    const recap = await apply('storage-and-two-consumers')
    expect(recap.stores.map(({vch, url}) => [vch, /\/commons\/\w+/.exec(url ?? '')?.[0]])).toEqual([
      ['web', '/commons/web'],
      ['batch', '/commons/batch'],
    ])
  })

  it('twenty-shares: one power-cycle for each of the two VCHs', async () => {
    const before = await Promise.all([bootCount(vchs.web), bootCount(vchs.batch)])
    const recap = await apply('twenty-shares')
    expect(recap.stores.map(({outcome}) => outcome)).toEqual(Array(20).fill('registered'))
    expect(await Promise.all([bootCount(vchs.web), bootCount(vchs.batch)])).toEqual(before.map((count) => count + 1))
    expect(await labelsOf('batch')).toHaveLength(1 + 1 + 10)
  })
})

describe('replace-server, after one-share', () => {
  interface App {
    readonly State: {readonly Status: string; readonly StartedAt: string}
  }
  const app = async (): Promise<App['State']> =>
    ((await docker(vchs.web, 'GET', '/containers/app/json')).json as App).State

  it('stops what runs on the share, exchanges the server at its address, and starts it again', async () => {
    const volume = {Name: 'notes', Driver: 'vsphere', DriverOpts: {VolumeStore: 'projects'}}
    expect(await docker(vchs.web, 'POST', '/volumes/create', volume)).toMatchObject({status: 201})
    const body = {
      ...{Image: 'busybox:latest', Cmd: ['sleep', '600'], WorkingDir: '/notes', Labels: {store: 'projects'}},
      HostConfig: {Binds: ['notes:/notes']},
    }
    expect(await docker(vchs.web, 'POST', '/containers/create?name=app', body)).toMatchObject({status: 201})
    await docker(vchs.web, 'POST', '/containers/app/start')
    const [before, boots] = [await app(), await bootCount(vchs.web)]
    // Control: one that the step does not know of keeps the server from being exchanged.
    await runContainer(vchs.web, {name: 'other', volume: 'notes'})
    const refused = await bench.run(
      ['runbook', 'apply', example('replace-server'), '--yes', '--recreate', '--json'],
      env,
    )
    expect(errorOf(refused).reason).toContain('other (notes, running)')
    await removeContainer(vchs.web, 'other')
    const recap = await apply('replace-server', {}, ['--recreate'])
    expect(outcomes(recap)).toEqual({shares: ['recreated'], stores: ['unchanged']})
    expect(recap.steps.map(({outcome}) => outcome)).toEqual(['done', 'done'])
    const after = await app()
    expect([before.Status, after.Status]).toEqual(['running', 'running'])
    expect(Date.parse(after.StartedAt)).toBeGreaterThan(Date.parse(before.StartedAt))
    expect(await bootCount(vchs.web)).toBe(boots)
    expect(outcomes(await apply('replace-server'))).toEqual({shares: ['unchanged'], stores: ['unchanged']})
  })
})

describe('move-to-bigger-volume, after replace-server', () => {
  it('moves the share with what is on it, and has nothing to move the second time', async () => {
    const command = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
    const [boots, stores] = [await bootCount(vchs.web), await labelsOf('web')]
    for (const _time of [1, 2]) {
      const recap = await apply('move-to-bigger-volume', {VICNFS_COMMAND: command})
      expect(recap.steps.map(({outcome}) => outcome)).toEqual(['done', 'done', 'done'])
    }
    const {containers} = await (await bench.control(vchs.storage)).status()
    const names = containers.map(({name}) => name)
    expect(names).toContain('vicnfs-projects-2')
    expect(names).not.toContain('vicnfs-projects')
    const notes = path.join(vchs.storage.directory, 'volumes', 'projects-2', 'volumes', 'notes')
    expect((await stat(notes)).isDirectory()).toBe(true)
    const app = (await docker(vchs.web, 'GET', '/containers/app/json')).json
    expect(app).toMatchObject({State: {Status: 'running'}})
    expect([await bootCount(vchs.web), await labelsOf('web')]).toEqual([boots, stores])
  })
})

async function isRunning(name: 'web'): Promise<boolean> {
  const info = await docker(vchs[name], 'GET', '/info').catch(() => undefined)
  return info?.status === 200
}

async function portLayerEnds(): Promise<number> {
  const log = await readFile(path.join(vchs.web.directory, 'port-layer.log'), 'utf8')
  return log.split('port layer exits').length - 1
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50)
}
