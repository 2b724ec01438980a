import {existsSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'

import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlClient} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {bootCount, changeKinds, volumeNames} from '../helpers/sandbox-sights.js'
import {watchCli} from '../helpers/watched-cli.js'

const SHARE = ['expose-volume', 'nfs-vol', '--create', '--network', 'storage-net']
/** Of a server that is never ready. */
const SOON = ['--ready-timeout', '2s']
const REGISTER = ['--register', 'nfs-store', '--allow-self-hosted', '--yes', '--json']
/** A range of documentation addresses: nobody of this test is in it (RFC 5737). */
const NOT_US = '192.0.2.0/24(rw,insecure,no_root_squash)'
const SETPRIV = '/usr/bin/setpriv'
const isRoot = process.getuid?.() === 0
const unprivileged = isRoot ? {through: [SETPRIV, '--bounding-set', '-net_bind_service', '--']} : {}
const secureTest = isRoot && !existsSync(SETPRIV) ? it.skip : it

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment
let control: ControlClient

interface Ended {
  readonly exitCode: number | undefined
  readonly code: string | undefined
}

async function run(argv: readonly string[], options: {through?: readonly string[]} = {}): Promise<Ended> {
  const inProcess = options.through === undefined
  const {exitCode, stdout} = await (inProcess ? bench.run(argv, env) : watchCli(argv, env, options).finished)
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

async function expectNoServer(): Promise<void> {
  expect((await control.status()).containers).toEqual([])
}

async function startVch(): Promise<void> {
  bench = await openSandboxBench()
  vch = await bench.start('one')
  env = bench.environment(vch)
  control = await bench.control(vch)
}

describe('a server that answers and yet cannot be used', () => {
  // One VCH for all of these: each leaves it as it was, which each of them looks for.
  beforeAll(startVch)
  afterAll(() => bench.close())

  it('refuses MNT to us: time-out while exposing, and the server is undone', async () => {
    expect(await run([...SHARE, ...SOON, ...REGISTER, '--export-opts', NOT_US])).toEqual({
      exitCode: 4,
      code: 'VN-NFS-NOT-READY',
    })
    await expectUntouched()
    await expectNoServer()
    expect(await onVolume()).toEqual([])
  })

  it.each([
    ['is exported read-only', '*(ro,insecure,no_root_squash)'],
    ['turns everybody into nobody', '*(rw,insecure,all_squash)'],
  ])(
    'grants MNT and %s: preflight refuses at MKDIR, the server of this run is undone',
    async (_what, exportOptions) => {
      const ended = await run([...SHARE, ...REGISTER, '--export-opts', exportOptions, '--uid', '1000'])
      expect(ended).toMatchObject({exitCode: 5, code: expect.stringMatching(/^VN-NFS-/)})
      await expectUntouched()
      await expectNoServer()
      expect(await onVolume()).toEqual([])
    },
  )

  secureTest('demands a privileged source port that we may not bind (skipped for root without setpriv)', async () => {
    const secure = [...SHARE, ...SOON, ...REGISTER, '--secure-ports']
    expect(await run(secure, unprivileged)).toEqual({exitCode: 4, code: 'VN-NFS-NOT-READY'})
    await expectUntouched()
    await expectNoServer()
  })

  it('is never registered by register-store either, and a server of an earlier run stays', async () => {
    expect(await run([...SHARE, '--json', '--export-opts', '*(ro,insecure,no_root_squash)'])).toMatchObject({
      exitCode: 0,
    })
    const asked = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes', '--json']
    expect(await run(asked)).toMatchObject({exitCode: 5, code: expect.stringMatching(/^VN-NFS-/)})
    const [server] = (await control.status()).containers
    expect(server).toMatchObject({name: 'vicnfs-nfs-vol', power: 'running'})
    const elsewhere = `nfs://${server?.address ?? ''}/exports/other?uid=0&gid=0`
    const byUrl = ['register-store', 'nfs-store', '--url', elsewhere, '--allow-self-hosted', '--yes', '--json']
    expect(await run(byUrl)).toMatchObject({exitCode: 5, code: expect.stringMatching(/^VN-NFS-/)})
    await expectUntouched()
    expect(await onVolume()).toEqual([])
    expect(await run(['teardown', 'nfs-vol', '--json'])).toMatchObject({exitCode: 0})
  })

  it('control: one that can be used is registered, where privileged source ports may be bound also one that demands them', async () => {
    const asked = [...SHARE, '--json', ...(isRoot ? ['--secure-ports'] : [])]
    expect(await run(asked)).toEqual({exitCode: 0, code: undefined})
    const register = ['register-store', 'nfs-store', '--share', 'nfs-vol', '--allow-self-hosted', '--yes', '--json']
    expect(await run(register)).toEqual({exitCode: 0, code: undefined})
    expect((await control.status()).stores.map((store) => store.label).sort()).toEqual(['default', 'nfs-store'])
  })
})
