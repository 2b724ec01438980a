import {describe, expect, it} from '@jest/globals'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {isVicnfsError, type VicnfsError} from '../../../../../src/model/vicnfs-error.js'
import {loadRunbook} from '../../../../../src/services/runbook/file/load-runbook.js'
import {withTempDirectory} from '../../../../helpers/temp-directory.js'

const EVERYTHING = fileURLToPath(new URL('../../../../fixtures/runbooks/good/everything.yaml', import.meta.url))
const ENVIRONMENT = {
  STORAGE_DOCKER_HOST: 'unix:///run/storage.sock',
  MOUNTD_PORT: '32771',
  WEB_ADMIN: 'admin@web',
  TOKEN: 'not-for-show',
}

async function refusalOf(file: string, environment: Record<string, string> = ENVIRONMENT): Promise<VicnfsError> {
  const outcome: unknown = await loadRunbook(file, {environment}).catch((error: unknown) => error)
  if (!isVicnfsError(outcome)) throw new Error(`loaded, or failed otherwise: ${JSON.stringify(outcome)}`)
  return outcome
}

const WRONG = 'version: 2\nvchs:\n  a: {docker: "tcp://a:2376"}\nshares:\n  s: {vch: nope, vhc: x}\n'
const lineEnds = (end: string): string => WRONG.replaceAll('\n', end)

describe('loadRunbook', () => {
  it.each([
    ['a byte order mark and line ends of Windows', Buffer.from(`\ufeff${lineEnds('\r\n')}`)],
    ['line ends of old', Buffer.from(lineEnds('\r'))],
  ])('counts lines and columns as editors do, with %s', (_what, bytes) =>
    withTempDirectory(async (directory) => {
      const file = path.join(directory, 'a.yaml')
      writeFileSync(file, bytes)
      const {problems} = (await refusalOf(file)).details as {problems: {line: number; col: number; path: string}[]}
      expect(problems.map(({line, col, path: at}) => `${line}:${col} ${at}`)).toEqual([
        '1:10 version',
        '5:12 shares.s.vch',
        '5:18 shares.s.vhc',
      ])
    }),
  )

  it('refuses what is no UTF-8', () =>
    withTempDirectory(async (directory) => {
      const file = path.join(directory, 'a.yaml')
      writeFileSync(file, Buffer.from(`\ufeff${WRONG}`, 'utf16le'))
      expect(await refusalOf(file)).toMatchObject({code: 'VN-RUNBOOK-UNREADABLE', reason: 'It is no UTF-8 text.'})
    }))

  it('gives everything that a runbook says, with defaults and variables in place', async () => {
    const runbook = await loadRunbook(EVERYTHING, {environment: ENVIRONMENT})
    const folder = path.dirname(EVERYTHING)
    expect(runbook.vchs).toEqual([
      {key: 'storage', docker: {host: 'unix:///run/storage.sock', certPath: path.join(folder, 'certs/storage')}},
      {
        key: 'web',
        docker: {host: 'tcp://web.example.com:2376'},
        vicMachine: {
          path: path.join(folder, 'bin/vic-machine-linux'),
          target: 'vcenter.example.com/DC1',
          user: 'administrator@vsphere.local',
          thumbprint: 'AA:BB:CC',
          vchId: 'vm-12',
          passwordVariable: 'VIC_MACHINE_PASSWORD',
        },
      },
      {
        key: 'batch',
        docker: {host: 'https://batch.example.com:2376', tlsVerify: false},
        vicMachine: {
          path: 'vic-machine-linux',
          target: 'vcenter.example.com/DC1',
          user: 'administrator@vsphere.local',
          vchName: 'batch',
          computeResource: 'cluster/pool',
          passwordVariable: 'BATCH_PASSWORD',
        },
      },
    ])
    expect(runbook.shares.map(({key, vch, volume, stores}) => ({key, vch, volume, stores}))).toEqual([
      {
        key: 'projects',
        vch: 'storage',
        volume: {name: 'projects-vol', create: true, capacityMb: 5000, store: 'default'},
        stores: [
          {label: 'projects', vch: 'web', directory: 'web'},
          {label: 'projects', vch: 'batch', directory: 'batch'},
        ],
      },
      {key: 'cache', vch: 'storage', volume: {name: 'cache', create: false}, stores: [{label: 'cache', vch: 'web'}]},
      {key: 'archive', vch: 'storage', volume: {name: 'archive', create: true}, stores: []},
    ])
    expect(runbook.verify).toEqual({image: 'registry.example.com/check:1', requireNonRoot: true})
  })

  it('gives the request of each share, its own words before the defaults', async () => {
    const {shares} = await loadRunbook(EVERYTHING, {environment: ENVIRONMENT})
    const common = {image: 'registry.example.com/nfs-server:0.1', network: 'storage-net', uid: 1000}
    expect(shares.map(({request}) => request)).toEqual([
      {
        ...common,
        name: 'projects-vol',
        scratch: false,
        address: '10.0.0.9',
        exportFolder: '/exports/projects',
        mountdPort: 32_771,
        lockdPort: 32_770,
        exportOptions: null,
        allow: ['10.0.0.0/8', '192.168.7.7'],
        squash: 'root_squash',
        gid: 1001,
        securePorts: true,
      },
      {
        ...common,
        name: 'cache',
        scratch: true,
        address: null,
        exportFolder: '/exports/cache',
        mountdPort: 32_767,
        lockdPort: 32_768,
        exportOptions: '*(rw,sync,insecure,all_squash)',
        allow: [],
        // Its own export-opts put the squash of the defaults out of force.
        squash: 'no_root_squash',
        gid: 1000,
        securePorts: false,
      },
      expect.objectContaining({name: 'archive', squash: 'root_squash', gid: 1000, exportFolder: '/exports/archive'}),
    ])
  })

  it("gives the operator's steps with their words as written, and what of them is secret", async () => {
    const {steps} = await loadRunbook(EVERYTHING, {environment: ENVIRONMENT})
    expect(steps).toEqual([
      {
        name: 'quiesce',
        when: 'before',
        phase: 'stores',
        vch: 'web',
        run: ['ssh', 'admin@web', 'drain', '5'],
        env: {TOKEN: 'not-for-show', LEVEL: '07'},
        secrets: ['admin@web', 'not-for-show'],
        timeoutMs: 120_000,
        runs: 'changed',
      },
      {
        name: 'tell',
        when: 'after',
        phase: 'verify',
        run: ['logger', 'done'],
        env: {},
        secrets: [],
        timeoutMs: 300_000,
        runs: 'always',
      },
    ])
  })

  it('names every variable that is not set, at its place, with what to type', async () => {
    const error = await refusalOf(EVERYTHING, {TOKEN: ''})
    expect(error).toMatchObject({code: 'VN-RUNBOOK-INVALID', exitCode: 2})
    const problems = error.details['problems'] as {line: number; col: number; path: string; message: string}[]
    expect(problems.map(({line, col, path, message}) => `${line}:${col} ${path} ${message}`)).toEqual([
      '10:13 vchs.storage.docker the variable STORAGE_DOCKER_HOST is not set',
      '38:18 shares.projects.mountd-port the variable MOUNTD_PORT is not set',
      '57:17 steps[0].run[1] the variable WEB_ADMIN is not set',
      '58:19 steps[0].env.TOKEN the variable TOKEN is empty',
    ])
  })

  it('refuses what is no readable text, each with its reason', () =>
    withTempDirectory(async (folder) => {
      const at = (name: string): string => path.join(folder, name)
      mkdirSync(at('folder'))
      writeFileSync(at('binary'), Buffer.from([0x76, 0xff, 0xfe, 0x00]))
      writeFileSync(at('large'), Buffer.alloc(10_000_000, 0x23))
      const reasons = []
      for (const name of ['absent', 'folder', 'binary', 'large']) {
        const error = await refusalOf(at(name))
        expect(error).toMatchObject({code: 'VN-RUNBOOK-UNREADABLE', exitCode: 2})
        reasons.push(error.reason)
      }
      expect(reasons).toEqual([
        'There is no such file.',
        'It is a folder.',
        'It is no UTF-8 text.',
        'It is larger than 1 MB.',
      ])
    }))
})
