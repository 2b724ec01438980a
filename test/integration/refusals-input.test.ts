import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {openSandboxBench, type Environment, type SandboxBench} from '../helpers/sandbox-bench.js'
import {expectRefused, makeVolume, removeContainer, runContainer, runOk, type Refusal} from './refusals-world.js'

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

/** Refusals are independent of each other: each compares the world before and after, so they run side by side. */
async function refuseAll(cases: readonly (Omit<Refusal, 'env'> & {readonly env?: Environment})[]): Promise<void> {
  await Promise.all(cases.map((each) => expectRefused(bench, [vch], {...each, env: {...env, ...each.env}})))
}

const EXPOSE = ['expose-volume', 'free', '--network', 'storage-net']
const REGISTER = ['--register', 'nfs-store', '--allow-self-hosted', '--yes']

describe('a share that cannot be as asked for', () => {
  it('refuses an unknown volume without --create, and one that is in another running container', () =>
    refuseAll([
      {
        argv: ['expose-volume', 'nope', '--network', 'storage-net'],
        code: 'VN-SHARE-NO-VOLUME',
        exitCode: 2,
        says: /no volume "nope".*--create/,
      },
      {
        argv: ['expose-volume', 'taken', '--network', 'storage-net'],
        code: 'VN-SHARE-FOREIGN',
        exitCode: 3,
        says: /"holder".*running/,
      },
    ]))

  it('refuses the root as export, and owners that the server would squash', () =>
    refuseAll([
      {argv: [...EXPOSE, '--export-folder', '/'], code: 'VN-SETTING-BAD', exitCode: 2, says: /root of an NFS server/},
      {
        argv: [...EXPOSE, '--squash', 'root_squash'],
        code: 'VN-UID-SQUASHED',
        exitCode: 2,
        says: /nobody may not write/,
      },
      {
        argv: [...EXPOSE, '--export-opts', '*(rw,sync,insecure,root_squash)'],
        code: 'VN-UID-SQUASHED',
        exitCode: 2,
        says: /nobody/,
      },
    ]))

  it('refuses an unknown network, and none named where there are two, with the list', () =>
    refuseAll([
      {
        argv: ['expose-volume', 'free', '--network', 'nowhere'],
        code: 'VN-SHARE-NETWORK',
        exitCode: 2,
        says: /no network "nowhere".*storage-net/,
      },
      {
        argv: ['expose-volume', 'free'],
        code: 'VN-SHARE-NETWORK',
        exitCode: 2,
        says: /more than one.*storage-net.*dhcp-net|dhcp-net.*storage-net/,
      },
      {
        argv: [...EXPOSE, '--ip', '10.9.8.7'],
        code: 'VN-SETTING-BAD',
        exitCode: 2,
        says: /10\.9\.8\.7 is not in the network/,
      },
    ]))
})

describe('a store that cannot be registered', () => {
  it('refuses labels that VIC refuses, or that have a blank, before anything is made', () =>
    refuseAll([
      {
        argv: [...EXPOSE, '--register', 'a/b', '--allow-self-hosted', '--yes'],
        code: 'VN-STORE-LABEL',
        exitCode: 2,
        says: /"a\/b"/,
      },
      {
        argv: ['register-store', 'a/b', '--url', 'nfs://127.0.0.9/exports/x', '--yes'],
        code: 'VN-STORE-LABEL',
        exitCode: 2,
        says: /"a\/b"/,
      },
      {
        argv: ['register-store', 'a b', '--url', 'nfs://127.0.0.9/exports/x', '--yes'],
        code: 'VN-STORE-LABEL',
        exitCode: 2,
        says: /"a b".*blanks/,
      },
    ]))

  it('refuses a port in the URL, the root folder, and what is no NFS URL', () =>
    refuseAll([
      {
        argv: ['register-store', 'nfs-store', '--url', 'nfs://127.0.0.9:2049/exports/x', '--yes'],
        code: 'VN-STORE-HOST',
        exitCode: 2,
        says: /port/,
      },
      {argv: ['preflight', 'nfs://127.0.0.9:2049/exports/x'], code: 'VN-NFS-PORT-IN-URL', exitCode: 2, says: /port/},
      {argv: ['preflight', 'nfs://127.0.0.9/'], code: 'VN-NFS-ROOT-EXPORT', exitCode: 2, says: /root/},
      {
        argv: ['register-store', 'nfs-store', '--url', 'nfs://127.0.0.9/', '--yes'],
        code: 'VN-STORE-PATH',
        exitCode: 2,
        says: /root/,
      },
      {
        argv: ['register-store', 'nfs-store', '--url', 'http://127.0.0.9/x', '--yes'],
        code: 'VN-STORE-SCHEME',
        exitCode: 2,
        says: /http/,
      },
    ]))

  it('refuses a port mapping on the consumer VCH itself', () =>
    refuseAll([
      {
        argv: ['expose-volume', 'free', '--network', 'bridge', ...REGISTER],
        code: 'VN-PORT-MAPPED',
        exitCode: 3,
        says: /bridge network.*port mappings/,
      },
      {
        argv: [
          'register-store',
          'nfs-store',
          '--url',
          `nfs://${vch.publicAddress}/exports/free?uid=0&gid=0`,
          '--allow-self-hosted',
          '--yes',
        ],
        code: 'VN-PORT-MAPPED',
        exitCode: 3,
        says: /port mappings/,
      },
    ]))

  it('refuses self-hosting without consent, and an address that the network hands out', () =>
    refuseAll([
      {argv: [...EXPOSE, '--register', 'nfs-store', '--yes'], code: 'VN-SELF-HOSTED', exitCode: 3, says: /1\.5\.2/},
      {
        argv: ['expose-volume', 'free', '--network', 'dhcp-net', ...REGISTER],
        code: 'VN-ADDRESS-UNDECIDABLE',
        exitCode: 3,
        says: /DHCP/,
      },
    ]))

  it('shows with the refusal of self-hosting the two-VCH command and the recovery', async () => {
    const argv = [...EXPOSE, '--register', 'nfs-store', '--yes']
    const error = await expectRefused(bench, [vch], {argv, env, code: 'VN-SELF-HOSTED', exitCode: 3, says: /boot/})
    expect(error.tries.join(' ')).toMatch(/--consumer-host.*--allow-self-hosted/)
    expect(error.recovery.join(' ')).toMatch(/power.*on in vSphere/)
  })

  it('refuses a volume that is not exposed', () =>
    refuseAll([
      {
        argv: ['register-store', 'nfs-store', '--share', 'free', '--allow-self-hosted', '--yes'],
        code: 'VN-SHARE-NO-SERVER',
        exitCode: 2,
        says: /no server container/,
      },
    ]))
})

describe('tools that cannot do it', () => {
  it('says that nothing answers at the Docker endpoint', () =>
    refuseAll([
      {
        argv: EXPOSE,
        env: {DOCKER_HOST: `unix://${bench.directory}/no.sock`},
        code: 'VN-VCH-UNREACHABLE',
        exitCode: 1,
        says: /no\.sock/,
      },
      {
        argv: ['verify', 'nfs-store'],
        env: {DOCKER_HOST: `unix://${bench.directory}/no.sock`},
        code: 'VN-VCH-UNREACHABLE',
        exitCode: 1,
        says: /no\.sock/,
      },
      {
        argv: ['teardown', 'free', '--yes'],
        env: {DOCKER_HOST: `unix://${bench.directory}/no.sock`},
        code: 'VN-VCH-UNREACHABLE',
        exitCode: 1,
        says: /no\.sock/,
      },
    ]))

  it('refuses a missing vic-machine, and one that is of another release', () =>
    refuseAll([
      {
        argv: [...EXPOSE, ...REGISTER],
        env: {VICNFS_VIC_MACHINE: '/nonexistent/vic-machine-linux'},
        code: 'VN-VICMACHINE-MISSING',
        exitCode: 2,
        says: /\/nonexistent\/vic-machine-linux/,
      },
      {
        argv: [...EXPOSE, ...REGISTER],
        env: {VICNFS_VIC_MACHINE: undefined},
        code: 'VN-SETTING-MISSING',
        exitCode: 2,
        says: /--vic-machine/,
      },
      {
        argv: [...EXPOSE, ...REGISTER],
        env: {VICNFS_VIC_MACHINE: ofRelease('1.4.3')},
        code: 'VN-VICMACHINE-RELEASE',
        exitCode: 3,
        says: /1\.4\.3.*1\.5\.8.*older/,
      },
    ]))

  it('refuses without a password, before vic-machine has run at all', async () => {
    const {program, calls} = counting('without-password')
    await refuseAll(
      [undefined, ''].map((password) => ({
        argv: [...EXPOSE, ...REGISTER],
        env: {VICNFS_VIC_MACHINE: program, VIC_MACHINE_PASSWORD: password},
        code: 'VN-VICMACHINE-PASSWORD-MISSING',
        exitCode: 2,
        says: password === '' ? /empty/ : /not set/,
      })),
    )
    expect(calls()).toEqual([])
  })

  it('tries a refused login once, and shows the password nowhere', async () => {
    const {program, calls} = counting('wrong-password')
    const wrong = {VICNFS_VIC_MACHINE: program, VIC_MACHINE_PASSWORD: 'wrong-secret'}
    await expectRefused(bench, [vch], {
      argv: [...EXPOSE, ...REGISTER],
      env: {...env, ...wrong},
      code: 'VN-VICMACHINE-LOGIN',
      exitCode: 2,
      says: /administrator@vsphere\.local|user name or the password/,
    })
    expect(calls().filter((line) => !line.startsWith('version'))).toHaveLength(1)
    expect(calls().join('\n')).not.toContain('wrong-secret')
    const loud = await bench.run([...EXPOSE, ...REGISTER, '--verbose'], {...env, ...wrong})
    expect(loud.exitCode).toBe(2)
    expect(loud.stdout + loud.stderr).not.toContain('wrong-secret')
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
function counting(name: string): {readonly program: string; calls(): string[]} {
  const [program, notes] = [path.join(bench.directory, name), path.join(bench.directory, `${name}.calls`)]
  writeFileSync(program, `#!/bin/sh\necho "$*" >> '${notes}'\nexec '${vch.vicMachinePath}' "$@"\n`)
  chmodSync(program, 0o755)
  return {program, calls: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])}
}
