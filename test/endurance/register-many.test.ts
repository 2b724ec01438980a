import {readdir, readFile, stat} from 'node:fs/promises'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {registerStores, type StoreWish} from '../../src/services/register-stores.js'
import {makeVolume, runOk, worldOf} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, readState} from '../helpers/sandbox-sights.js'
import {serviceAdapters} from '../helpers/service-adapters.js'

const CONSENTS = {
  allowSelfHosted: false,
  addressReserved: false,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}
const MANY = 20

let bench: SandboxBench
let server: SandboxHandle
let consumer: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  ;[server, consumer] = await Promise.all([bench.start('server'), bench.start('consumer')])
  env = bench.environment(server, consumer)
  await makeVolume(server, 'data')
  await runOk(bench, ['expose-volume', 'data'], env)
})
afterAll(() => bench.close())

const onVolume = () => readdir(path.join(server.directory, 'volumes', 'data'), {recursive: true})

/** Everything in the state folder that is not a sandbox's own, with its time of change. */
async function ownFiles(): Promise<string[]> {
  const names = await readdir(bench.directory, {recursive: true})
  const own = names.filter((name) => /^(?:journal|changes|private)/.test(name))
  const described = own.map(async (name) => `${name} ${(await stat(path.join(bench.directory, name))).mtimeMs}`)
  return (await Promise.all(described)).sort()
}

describe('a dry run', () => {
  it('prints the exact, redacted command, and touches neither share, nor VCH, nor journal', async () => {
    const before = [worldOf(bench, [server, consumer]), await onVolume(), await ownFiles(), await bootCount(consumer)]
    const argv = ['register-store', 'nfs-store', '--share', 'data', '--directory', 'd', '--dry-run']
    const said = await runOk(bench, argv, {...env, VIC_MACHINE_PASSWORD: 'sandbox'})
    const {vmId, vicMachinePath} = consumer
    const host = (said['url'] as string).slice('nfs://'.length).split('/')[0] ?? ''
    expect(said).toMatchObject({outcome: 'planned', vch: 'consumer'})
    expect(said['command']).toBe(
      `${vicMachinePath} configure --id ${vmId} --volume-store ds://datastore1/volumes:default ` +
        `--volume-store 'nfs://${host}/exports/data/d?uid=0&gid=0:nfs-store' --timeout 900s`,
    )
    expect(said['plan']).toEqual([
      '= keep  default  ds://datastore1/volumes',
      `+ add  nfs-store  nfs://${host}/exports/data/d?uid=0&gid=0`,
    ])
    const after = [worldOf(bench, [server, consumer]), await onVolume(), await ownFiles(), await bootCount(consumer)]
    expect(after).toEqual(before)
  })

  it('the control: the same without --dry-run touches all of them', async () => {
    const before = await ownFiles()
    const argv = ['register-store', 'first', '--share', 'data', '--directory', 'first', '--yes']
    expect(await runOk(bench, argv, env)).toMatchObject({outcome: 'registered'})
    expect(await onVolume()).toContain('first/.vicnfs/consumer.json')
    expect(await ownFiles()).not.toEqual(before)
  })
})

describe(`${MANY} new stores on one VCH`, () => {
  const labels = Array.from({length: MANY}, (_, index) => `store-${index + 1}`)
  const wishes: StoreWish[] = labels.map((label) => ({label, from: {share: 'data'}, directory: label}))
  const register = async (stores: readonly StoreWish[]) =>
    registerStores({stores, consents: CONSENTS, dryRun: false}, await serviceAdapters(env), {})

  it('take one configure and one power-cycle, and each is online with a record of its own', async () => {
    const [kinds, boots] = [await changeKinds(bench.directory), await bootCount(consumer)]
    const first = {label: 'first', from: {share: 'data'}, directory: 'first'}
    const result = await register([first, ...wishes])
    expect(result.stores.map(({outcome}) => outcome)).toEqual(['unchanged', ...labels.map(() => 'registered')])
    expect(await changeKinds(bench.directory)).toEqual([...kinds, 'configure'])
    expect(await bootCount(consumer)).toBe(boots + 1)
    const {guestInfo} = await readState(consumer)
    expect(guestInfo.stores.map(({label}) => label).sort()).toEqual(['default', 'first', ...labels].sort())
    for (const label of labels) {
      const file = path.join(server.directory, 'volumes', 'data', label, '.vicnfs', 'consumer.json')
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({label, vchName: 'consumer'})
    }
  })

  it('are unchanged the second time, without any configure', async () => {
    const [kinds, boots] = [await changeKinds(bench.directory), await bootCount(consumer)]
    expect((await register(wishes)).stores.map(({outcome}) => outcome)).toEqual(labels.map(() => 'unchanged'))
    expect([await changeKinds(bench.directory), await bootCount(consumer)]).toEqual([kinds, boots])
  })

  it('are refused as a whole when two of them are one, and nothing is made', async () => {
    const before = await onVolume()
    const twin = {label: 'twin', from: {share: 'data'}, directory: 'new'}
    const twice = [{...twin, label: 'new'}, twin]
    await expect(register(twice)).rejects.toMatchObject({code: 'VN-PLAN-REFUSED', exitCode: 3})
    await expect(register([twin, {...twin, directory: 'other'}])).rejects.toMatchObject({code: 'VN-PLAN-REFUSED'})
    expect(await onVolume()).toEqual(before)
  })
})
