import {readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {expectRefused, removeContainer, runOk} from '../helpers/refusals-world.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {onlineStores, untilAnswers} from '../helpers/stand-in-world.js'

const TEARDOWN = ['teardown', 'nfs-vol', '--yes']
const PARK = ['teardown', 'nfs-vol', '--park']

let bench: SandboxBench
let storage: SandboxHandle
let web: SandboxHandle
let batch: SandboxHandle
let asWeb: Environment
let asBatch: Environment

const onVolume = (...parts: string[]): string => path.join(storage.directory, 'volumes', 'nfs-vol', ...parts)

/** From here on this machine knows nothing of what was done. */
const forgetJournal = (): Promise<void> => rm(path.join(bench.directory, 'journal.jsonl'), {force: true})

async function restart(vch: SandboxHandle): Promise<void> {
  const control = await bench.control(vch)
  await control.vchPowerOff()
  await control.vchPowerOn()
  await untilAnswers(vch)
}

beforeAll(async () => {
  bench = await openSandboxBench()
  storage = await bench.start('storage')
  web = await bench.start('web')
  batch = await bench.start('batch')
  asWeb = bench.environment(storage, web)
  asBatch = bench.environment(storage, batch)
  await runOk(bench, ['expose-volume', 'nfs-vol', '--create'], asWeb)
  const register = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--yes', '--directory']
  await runOk(bench, [...register, 'web'], asWeb)
  await runOk(bench, [...register, 'batch'], asBatch)
  await forgetJournal()
})
afterAll(() => bench.close())

describe('a machine that does not know what was done', () => {
  const both = (env: () => Environment, code: string, says: RegExp) =>
    it.each([
      ['taken down', TEARDOWN],
      ['parked', PARK],
    ])(`leaves a share of two VCHs where it is, and it is not %s: ${says.source}`, async (_title, argv) => {
      await expectRefused(bench, [storage, web, batch], {argv, env: env(), code, exitCode: 3, says})
    })

  describe('as the other VCH lists it', () => {
    both(() => asWeb, 'VN-OTHER-CONSUMER', /"batch" uses this share as "nfs-store"/)
  })

  describe('as the other VCH cannot be asked', () => {
    const record = (): string => onVolume('batch', '.vicnfs', 'consumer.json')
    let before: string
    beforeAll(async () => {
      before = await readFile(record(), 'utf8')
      const {vcenter, ...rest} = JSON.parse(before) as Record<string, unknown>
      await writeFile(
        record(),
        JSON.stringify({...rest, vcenter: `elsewhere.${String(vcenter)}`, endpoint: 'tcp://x:1'}),
      )
    })
    afterAll(() => writeFile(record(), before))
    both(() => asWeb, 'VN-OTHER-CONSUMER', /It cannot be asked from here/)
  })
})

describe('a share with a directory for one VCH', () => {
  it('is parked from a machine without the journal: its VCH boots on the directory, and the other one does not any more', async () => {
    // The control: the record of the second VCH is all that kept the share from being parked.
    await rm(onVolume('batch', '.vicnfs'), {recursive: true})
    const parked = await runOk(bench, PARK, asWeb)
    expect(parked).toMatchObject({outcome: 'parked', parked: ['nfs-store'], data: 'kept'})
    await restart(web)
    expect(await onlineStores(web)).toEqual(['default', 'nfs-store'])
    const env = {env: asWeb, code: 'VN-NOT-REMOVABLE', exitCode: 3, says: /goes on being parked/}
    await forgetJournal()
    await expectRefused(bench, [storage, web], {...env, argv: TEARDOWN})
    await removeContainer(storage, 'vicnfs-nfs-vol')
  })
})
