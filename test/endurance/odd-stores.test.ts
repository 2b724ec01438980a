import {chmodSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import type {ControlStatus} from '../../src/sandbox/vcenter/control-api.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {expectRefused, makeVolume, runOk} from '../helpers/refusals-world.js'

/** As vic-machine takes them; no server answers at the NFS ones, which VIC 1.4.3 passes over in silence. */
const ODD = [
  'datastore1/volumes:default',
  'ds://Shared Store (2)/my volumes/set (1):ds two',
  'datastore1/deep/er/path/:trailing-slash',
  'datastore1/a,b=c:comma,and=equals',
  'nfs://127.0.0.9/ex%20ports/a?uid=1001&gid=1002&x=%41:with query',
  'NFS://LocalHost/Upper/Case/:UPPER',
  'nfs://[::1]/six?uid=7:six',
  'nfs://127.0.0.9/bare?:question',
  'nfs://127.0.0.9/frag#ment:fragment',
] as const

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('odd', {vicVersion: '1.4.3', stores: ODD})
  env = bench.environment(vch)
  await makeVolume(vch, 'data')
  await runOk(bench, ['expose-volume', 'data'], env)
})
afterAll(() => bench.close())

const REGISTER = ['register-store', 'nfs-store', '--share', 'data', '--yes']

async function storesNow(): Promise<ControlStatus['stores']> {
  const control = await bench.control(vch)
  return (await control.status()).stores
}

/** vic-machine whose `inspect config` is changed by a sed script, from its n-th such call on. */
function garbling(name: string, script: string, from = 1): string {
  const [program, count] = [path.join(bench.directory, name), path.join(bench.directory, `${name}.count`)]
  const lines = [
    '#!/bin/sh',
    `if [ "$1 $2" = "inspect config" ]; then`,
    `  echo x >> '${count}'`,
    `  if [ "$(wc -l < '${count}')" -ge ${from} ]; then '${vch.vicMachinePath}' "$@" | sed -E '${script}'; exit 0; fi`,
    'fi',
    `exec '${vch.vicMachinePath}' "$@"`,
    '',
  ]
  writeFileSync(program, lines.join('\n'))
  chmodSync(program, 0o755)
  return program
}

describe('inspect config that cannot be read completely', () => {
  /** In the verbose form options stand in one quoted message, each after \n\t. */
  const UNREADABLE = [
    ['cut', 's/--volume-store=.*//', 'VN-VICMACHINE-UNREADABLE', 1, /cannot be (understood|read)|inspect config/],
    ['empty', 'd', 'VN-VICMACHINE-TARGET-INVALID', 2, /without a word/],
    ['scheme', 's,nfs://\\[::1\\],smb://[::1],', 'VN-STORE-UNRESTATABLE', 3, /smb/],
    ['escape', 's,ex%20ports,ex%2ports,', 'VN-STORE-UNRESTATABLE', 3, /ex%2ports/],
    ['twice', 's/:six/:question/', 'VN-VICMACHINE-UNREADABLE', 1, /question twice/],
  ] as const

  it('is an error that says why, and nothing is configured', async () => {
    const errors = await Promise.all(
      UNREADABLE.map(([name, script, code, exitCode, says]) => {
        const garbled = {...env, VICNFS_VIC_MACHINE: garbling(name, script)}
        return expectRefused(bench, [vch], {argv: REGISTER, env: garbled, code, exitCode, says})
      }),
    )
    expect(errors).toHaveLength(UNREADABLE.length)
  })

  it('counts up to the last moment: stores that change while the plan is made stop it', async () => {
    const added = String.raw`s,(\\n\\t)(--volume-store=),\1--volume-store=ds://datastore1/new:sneaked-in\1\2,`
    const program = garbling('sneaked', added, 3)
    await expectRefused(bench, [vch], {
      argv: REGISTER,
      env: {...env, VICNFS_VIC_MACHINE: program},
      code: 'VN-PLAN-REFUSED',
      exitCode: 3,
      says: /changed while the plan was being made/,
    })
    expect(readFileSync(`${program}.count`, 'utf8').length).toBeGreaterThan(0)
  })
})

describe('a VCH with stores of odd names', () => {
  it('shows each in the plan, and restates each exactly', async () => {
    const before = await storesNow()
    expect(before).toHaveLength(ODD.length)
    const planned = await runOk<{plan: string[]; command: string}>(bench, [...REGISTER, '--dry-run'], env)
    expect(planned.plan.filter((line) => line.startsWith('= keep'))).toHaveLength(ODD.length)
    expect(planned.plan.filter((line) => line.startsWith('+ add'))).toEqual([expect.stringContaining('nfs-store')])
    expect(await storesNow()).toEqual(before)

    expect(await runOk(bench, REGISTER, env)).toMatchObject({outcome: 'registered'})
    const after = await storesNow()
    expect(after.filter((store) => store.label !== 'nfs-store')).toEqual(before)
    expect(after.map((store) => store.label)).toContain('nfs-store')
    expect(await runOk(bench, REGISTER, env)).toMatchObject({outcome: 'unchanged'})
  })
})
