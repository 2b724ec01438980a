import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, volumeNames} from '../helpers/sandbox-sights.js'

const SHARE = ['expose-volume', 'nfs-vol', '--create', '--network', 'storage-net']
const REGISTER = ['--register', 'nfs-store', '--allow-self-hosted', '--yes', '--json']

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

interface Ended {
  readonly exitCode: number
  readonly code: string | undefined
}

async function run(argv: readonly string[]): Promise<Ended> {
  const {exitCode, stdout} = await bench.run(argv, env)
  return {exitCode, code: (JSON.parse(stdout) as {error?: {code: string}}).error?.code}
}

const onVolume = (): Promise<string[]> => readdir(path.join(vch.directory, 'volumes', 'nfs-vol'))

/** The VCH is what it was: never restarted, no store added, vic-machine never asked to change anything. */
async function expectUntouched(): Promise<void> {
  const status = await control.status()
  expect(status.stores.map((store) => store.label)).toEqual(['default'])
  expect(status).toMatchObject({updateInProgress: false, snapshots: []})
  expect(await bootCount(vch)).toBe(1)
  expect(await changeKinds(bench.directory)).toEqual([])
  expect(await volumeNames(vch)).toEqual(['nfs-vol'])
}

async function startVch(): Promise<void> {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
}

describe('the record on the share', () => {
  beforeEach(startVch)
  afterEach(() => bench.close())

  const FOREIGN = {
    schemaVersion: 1,
    vchName: 'other-vch',
    vchId: 'vm-999',
    vcenter: 'vcenter.example.com',
    endpoint: 'tcp://192.0.2.7:2376',
    label: 'theirs',
    path: '/exports/nfs-vol',
    uid: 0,
    gid: 0,
    writtenAt: '2026-01-01T00:00:00.000Z',
  }

  it('of another VCH that cannot be asked: refused, and that record stays', async () => {
    expect(await run([...SHARE, '--json'])).toMatchObject({exitCode: 0})
    const folder = path.join(vch.directory, 'volumes', 'nfs-vol', '.vicnfs')
    const text = JSON.stringify(FOREIGN)
    await mkdir(folder)
    await writeFile(path.join(folder, 'consumer.json'), text)
    expect(await run([...SHARE, ...REGISTER])).toEqual({exitCode: 3, code: 'VN-OTHER-CONSUMER'})
    expect(await readFile(path.join(folder, 'consumer.json'), 'utf8')).toBe(text)
    await expectUntouched()
  })

  it('is taken back when configure is refused', async () => {
    // Somebody else's vic-machine left its mark: a configure is refused harmlessly.
    await control.login('administrator@vsphere.local', 'sandbox')
    await control.setUpdateInProgress(vch.vmId, true)
    expect(await run([...SHARE, ...REGISTER])).toEqual({exitCode: 3, code: 'VN-VICMACHINE-IN-PROGRESS'})
    expect((await onVolume()).sort()).toEqual(['volumes', 'volumes_metadata'])
    expect((await control.status()).containers).toMatchObject([{name: 'vicnfs-nfs-vol', power: 'running'}])
    expect(await run([...SHARE, ...REGISTER, '--reset-progress'])).toEqual({exitCode: 0, code: undefined})
    expect((await onVolume()).sort()).toEqual(['.vicnfs', 'volumes', 'volumes_metadata'])
  })
})
