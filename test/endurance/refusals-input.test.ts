import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {
  expectRefused,
  makeVolume,
  removeContainer,
  runContainer,
  runOk,
  type ReportedError,
} from '../helpers/refusals-world.js'

let bench: SandboxBench
let vch: SandboxHandle
let env: Environment

beforeAll(async () => {
  bench = await openSandboxBench()
  vch = await bench.start('one', {networks: [{name: 'dhcp-net', dhcp: {delayMs: 20}}]})
  env = bench.environment(vch)
  await Promise.all(['free', 'taken'].map((name) => makeVolume(vch, name)))
  expect(await runContainer(vch, {name: 'holder', volume: 'taken'})).toMatchObject({status: 204})
})
afterAll(() => bench.close())

type Row = readonly [code: string, exitCode: number, says: RegExp, argv: readonly string[], env?: Environment]

/** Refusals are independent of each other: each compares the world before and after, so they run side by side. */
async function expectAllRefused(rows: readonly Row[]): Promise<ReportedError[]> {
  const refusals = rows.map(([code, exitCode, says, argv, own]) => ({
    code,
    exitCode,
    says,
    argv,
    env: {...env, ...own},
  }))
  return Promise.all(refusals.map((each) => expectRefused(bench, [vch], each)))
}

const EXPOSE = ['expose-volume', 'free', '--network', 'storage-net']
const CONSENTS = ['--allow-self-hosted', '--yes']
const REGISTER = ['--register', 'nfs-store', ...CONSENTS]

describe('a share that cannot be as asked for', () => {
  it('is refused for a volume that is unknown without --create, or in another running container', async () => {
    await expectAllRefused([
      ['VN-SHARE-NO-VOLUME', 2, /no volume "nope".*--create/, ['expose-volume', 'nope', '--network', 'storage-net']],
      ['VN-SHARE-FOREIGN', 3, /"holder".*running/, ['expose-volume', 'taken', '--network', 'storage-net']],
    ])
  })

  it('is refused with the root as export, or an owner that the server would squash', async () => {
    await expectAllRefused([
      ['VN-SETTING-BAD', 2, /root of an NFS server/, [...EXPOSE, '--export-folder', '/']],
      ['VN-UID-SQUASHED', 2, /nobody may not write/, [...EXPOSE, '--squash', 'root_squash']],
    ])
  })

  it('is refused on an unknown network, and on none named where there are two, with the list', async () => {
    await expectAllRefused([
      ['VN-SHARE-NETWORK', 2, /no network "nowhere".*storage-net/, ['expose-volume', 'free', '--network', 'nowhere']],
      ['VN-SHARE-NETWORK', 2, /more than one.*: (?=.*storage-net)(?=.*dhcp-net)/, ['expose-volume', 'free']],
    ])
  })
})

describe('a store that cannot be registered', () => {
  const register = (label: string, url: string) => ['register-store', label, '--url', url, ...CONSENTS]

  it('is refused with a label that VIC refuses, or with a blank in it, before anything is made', async () => {
    await expectAllRefused([
      ['VN-STORE-LABEL', 2, /"a\/b"/, [...EXPOSE, '--register', 'a/b', ...CONSENTS]],
      ['VN-STORE-LABEL', 2, /"a b".*blanks/, register('a b', 'nfs://127.0.0.9/exports/x')],
    ])
  })

  it('is refused with a port in its URL, or with the root folder', async () => {
    await expectAllRefused([
      ['VN-STORE-HOST', 2, /port/, register('nfs-store', 'nfs://127.0.0.9:2049/exports/x')],
      ['VN-STORE-PATH', 2, /root/, register('nfs-store', 'nfs://127.0.0.9/')],
      ['VN-NFS-PORT-IN-URL', 2, /port/, ['preflight', 'nfs://127.0.0.9:2049/exports/x']],
    ])
  })

  it('is refused through a port mapping of the consumer VCH itself', async () => {
    const url = `nfs://${vch.publicAddress}/exports/free?uid=0&gid=0`
    await expectAllRefused([
      [
        'VN-PORT-MAPPED',
        3,
        /bridge network.*port mappings/,
        ['expose-volume', 'free', '--network', 'bridge', ...REGISTER],
      ],
      ['VN-PORT-MAPPED', 3, /port mappings/, register('nfs-store', url)],
    ])
  })

  it('is refused where the network hands addresses out, and where the VCH would serve itself without consent', async () => {
    const [selfHosted] = await expectAllRefused([
      ['VN-SELF-HOSTED', 3, /1\.5\.2.*boot/, [...EXPOSE, '--register', 'nfs-store', '--yes']],
      ['VN-ADDRESS-UNDECIDABLE', 3, /DHCP/, ['expose-volume', 'free', '--network', 'dhcp-net', ...REGISTER]],
    ])
    expect(selfHosted?.tries.join(' ')).toMatch(/--consumer-host.*--allow-self-hosted/)
    expect(selfHosted?.recovery.join(' ')).toMatch(/power.*on in vSphere/)
  })

  it('is refused while the volume is not exposed', async () => {
    const argv = ['register-store', 'nfs-store', '--share', 'free', ...CONSENTS]
    await expectAllRefused([['VN-SHARE-NO-SERVER', 2, /no server container/, argv]])
  })
})

describe('tools that cannot do it', () => {
  it('are named: a Docker endpoint that is down, a vic-machine that is missing, or of another release', async () => {
    const argv = [...EXPOSE, ...REGISTER]
    await expectAllRefused([
      ['VN-VCH-UNREACHABLE', 1, /no\.sock/, EXPOSE, {DOCKER_HOST: `unix://${bench.directory}/no.sock`}],
      ['VN-VICMACHINE-MISSING', 2, /\/nonexistent\/it/, argv, {VICNFS_VIC_MACHINE: '/nonexistent/it'}],
      ['VN-SETTING-MISSING', 2, /--vic-machine/, argv, {VICNFS_VIC_MACHINE: undefined}],
      ['VN-VICMACHINE-RELEASE', 3, /1\.4\.3.*1\.5\.8.*older/, argv, {VICNFS_VIC_MACHINE: ofRelease('1.4.3')}],
    ])
  })

  it('include a VCH that is too old to be configured', async () => {
    const ancient = await bench.start('ancient', {vicVersion: '1.1.1'})
    await makeVolume(ancient, 'free')
    const settings = bench.environment(ancient)
    const refusal = {argv: [...EXPOSE, ...REGISTER], env: settings, code: 'VN-VIC-UNSUPPORTED', exitCode: 3}
    const error = await expectRefused(bench, [ancient], {...refusal, says: /1\.1\.1.*1\.2\.0/})
    expect(error.message).toMatch(/^The VCH is of VIC 1\.1\.1/)
  })

  it('refuses without a password, before vic-machine has run at all', async () => {
    const {program, calls} = counting('without-password')
    await expectAllRefused(
      [undefined, ''].map((password) => [
        'VN-VICMACHINE-PASSWORD-MISSING',
        2,
        password === '' ? /empty/ : /not set/,
        [...EXPOSE, ...REGISTER],
        {VICNFS_VIC_MACHINE: program, VIC_MACHINE_PASSWORD: password},
      ]),
    )
    expect(calls()).toEqual([])
  })

  it('tries a refused login once, and shows the password nowhere', async () => {
    const {program, calls} = counting('wrong-password')
    const wrong = {VICNFS_VIC_MACHINE: program, VIC_MACHINE_PASSWORD: 'wrong-secret'}
    const loud = await bench.run([...EXPOSE, ...REGISTER, '--verbose'], {...env, ...wrong})
    expect(loud).toMatchObject({exitCode: 2, stdout: ''})
    expect(loud.stderr).toMatch(/refused the user name or the password .*\(VN-VICMACHINE-LOGIN\)/)
    expect(loud.stderr).not.toContain('wrong-secret')
    expect(calls().filter((line) => !line.startsWith('version'))).toHaveLength(1)
    expect(calls().join('\n')).not.toContain('wrong-secret')
  })

  it('needs consent where there is no terminal, and registers nothing without it', async () => {
    const argv = [...EXPOSE, '--register', 'nfs-store', '--allow-self-hosted']
    const error = await expectRefused(bench, [vch], {argv, env, code: 'VN-CONSENT-MISSING', exitCode: 2, says: /--yes/})
    expect(error.reason).toMatch(/restarts.*uid=0&gid=0.*for good/s)
  })
})

describe('the same where no rule applies', () => {
  it('serves the volume when the other container is gone, with root squashed for an owner that is not root', async () => {
    await removeContainer(vch, 'holder')
    const argv = ['expose-volume', 'taken', '--network', 'storage-net', '--squash', 'root_squash', '--uid', '1000']
    expect(await runOk(bench, argv, env)).toMatchObject({
      outcome: 'created',
      share: {url: expect.stringMatching(/uid=1000&gid=1000$/)},
    })
  })

  it('serves what cannot be registered: on the bridge for other clients, and at an address by DHCP', async () => {
    expect(await runOk(bench, ['expose-volume', 'free', '--network', 'dhcp-net'], env)).toMatchObject({
      outcome: 'created',
    })
    const refusal = {argv: ['register-store', 'nfs-store', '--share', 'free', '--allow-self-hosted', '--yes'], env}
    await expectRefused(bench, [vch], {...refusal, code: 'VN-ADDRESS-UNDECIDABLE', exitCode: 3, says: /DHCP/})
    const planned = await runOk(bench, [...refusal.argv, '--address-reserved', '--dry-run'], env)
    expect(planned).toMatchObject({outcome: 'planned', command: expect.stringContaining('configure')})
    await makeVolume(vch, 'mapped')
    const mapped = await runOk(bench, ['expose-volume', 'mapped', '--network', 'bridge'], env)
    expect(mapped).toMatchObject({share: {url: `nfs://${vch.publicAddress}/exports/mapped?uid=0&gid=0`}})
  })
})

/** The stand-in's executable for this sandbox, of another release. */
function ofRelease(release: string): string {
  const file = path.join(bench.directory, `vic-machine-${release}`)
  const script = readFileSync(vch.vicMachinePath, 'utf8')
  expect(script).toContain(`'1.5.8'`)
  writeFileSync(file, script.replace(`'1.5.8'`, `'${release}'`))
  chmodSync(file, 0o755)
  return file
}

/** The stand-in's executable, with a note of each call. */
function counting(name: string): {readonly program: string; calls: () => string[]} {
  const [program, notes] = [path.join(bench.directory, name), path.join(bench.directory, `${name}.calls`)]
  writeFileSync(program, `#!/bin/sh\necho "$*" >> '${notes}'\nexec '${vch.vicMachinePath}' "$@"\n`)
  chmodSync(program, 0o755)
  return {program, calls: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])}
}
