import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'

import {BAD_SETTINGS} from '../../helpers/bad-settings.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {STOP_GRACE_S, untilServerReady} from '../../helpers/until-server-ready.js'
import {canTestOnDebian} from '../not-tested.js'
import type {Ended} from '../run-program.js'

const CAPABILITIES = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
/** A container that has not started its server: the script may be run in there once more and again. */
const IDLE = 'idle'
const ALLOWED = '*(rw,no_root_squash)'

const describeOnDebian = canTestOnDebian('the settings of the server image') ? describe : describe.skip

let engine: DockerEngine
let image: string

type Settings = Readonly<Record<string, string>>

interface Run {
  readonly settings: Settings
  /** In place of those that NFS-Ganesha needs. */
  readonly capabilities?: readonly string[]
  /** Options of `docker run` besides. */
  readonly options?: readonly string[]
}

function runArguments({settings, capabilities = CAPABILITIES, options = []}: Run): string[] {
  const words = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  return [...capabilities, ...options, ...words, image]
}

/** A start that is to end by itself; what would stay up is killed at the limit for programs, and has no exit code. */
const startAndEnd = async (run: Run) => endOf(await engine.docker(['run', '--rm', ...runArguments(run)]))

const endOf = ({exitCode, stdout, stderr}: Ended) => ({
  exitCode,
  stdout,
  faults: stderr.split('\n').filter((line) => line !== ''),
})

/** A start that is to serve: its last line of the start, and then it is stopped in order. */
async function startAndServe(run: Run): Promise<{readonly ready: string; readonly exitCode: string}> {
  const id = await engine.dockerSays('run', '--detach', ...runArguments(run))
  try {
    const ready = await untilServerReady(engine, id)
    await engine.dockerSays('stop', '--time', STOP_GRACE_S, id)
    const exitCode = await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', id)
    return {ready, exitCode}
  } finally {
    await engine.dockerSays('rm', '--force', '--volumes', id)
  }
}

const volumeAt = (folder: string) => ['--volume', folder]

describeOnDebian('the settings of the server image on a Docker Engine', () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    image = await engine.buildServerImage()
    await engine.dockerSays('run', '--detach', '--name', IDLE, ...CAPABILITIES, image, 'sleep', 'infinity')
  })
  afterAll(() => closeOpened(engine))

  const bad = BAD_SETTINGS.flatMap(([setting, code, values]) => values.map((value) => [code, setting, value] as const))
  it.each(bad)('ends with %d for %s=%j, with one clear line', async (code, setting, value) => {
    const {exitCode, faults, stdout} = endOf(
      await engine.docker(['exec', '--env', `${setting}=${value}`, IDLE, '/etc/rc.local']),
    )
    expect({exitCode, faults}).toEqual({exitCode: code, faults: [expect.stringMatching(/^nfs-server: error: \S/)]})
    expect(faults[0]).toContain(setting)
    expect(stdout).toBe('')
  })

  it('names every fault, and ends with the code of the first', async () => {
    const settings = {EXPORT_FSID: 'x', NFSD_THREADS: '0', EXPORT_OPTS: '*(nonsense)', LOCKD_PORT: '0'}
    const {exitCode, faults} = await startAndEnd({settings})
    expect(exitCode).toBe(12)
    expect(faults).toEqual(
      ['LOCKD_PORT', 'EXPORT_OPTS', 'NFSD_THREADS', 'EXPORT_FSID'].map(
        (name) => expect.stringContaining(name) as unknown,
      ),
    )
  })

  it.each<[code: number, what: string, run: Run]>([
    [20, 'a promised volume that is not there', {settings: {REQUIRE_MOUNT: '1'}}],
    [20, 'memory in place of a promised volume', {settings: {REQUIRE_MOUNT: '1'}, options: ['--tmpfs', '/home/nfs']}],
    [21, 'a file in place of the folder', {settings: {EXPORT_FOLDER: '/etc/hostname'}}],
    [21, 'a volume mounted read-only', {settings: {}, options: ['--volume', 'readonly:/home/nfs:ro']}],
    [23, 'a volume at a parked server', {settings: {PARKED: '1'}, options: volumeAt('/home/nfs')}],
    [
      30,
      'the kernel server on a kernel without one',
      {settings: {NFS_BACKEND: 'kernel'}, options: volumeAt('/home/nfs')},
    ],
    [31, 'no capability for Ganesha', {settings: {}, capabilities: [], options: volumeAt('/home/nfs')}],
    [
      22,
      'scratch space without a capability to mount it',
      {settings: {}, capabilities: ['--cap-add', 'DAC_READ_SEARCH']},
    ],
  ])('ends with %d for %s', async (code, _, run) => {
    const {exitCode, faults} = await startAndEnd(run)
    expect({exitCode, fault: faults.at(-1)}).toEqual({
      exitCode: code,
      fault: expect.stringMatching(/^nfs-server: error: \S/),
    })
  })

  it.each<[what: string, run: Run, ready: string]>([
    [
      'none at all, as scratch space',
      {settings: {}},
      '/home/nfs, NFS-Ganesha, portmap 111, nfsd 2049, mountd 32767, lockd 32768',
    ],
    [
      'every one at its edge',
      {
        settings: {
          ...{EXPORT_FOLDER: '/exports//deep/folder/', MOUNTD_PORT: '65535', LOCKD_PORT: '1', NFSD_THREADS: '256'},
          ...{
            NFS_BACKEND: 'ganesha',
            REQUIRE_MOUNT: '1',
            EXPORT_UID: '0',
            EXPORT_GID: '4294967294',
            EXPORT_MODE: '7777',
          },
          ...{EXPORT_FSID: '01234567-89AB-cdef-0123-456789abcdef', EXPORT_OPTS: `${ALLOWED} 10.0.0.0/8(ro,sync)`},
        },
        options: volumeAt('/exports/deep/folder'),
      },
      '/exports/deep/folder, NFS-Ganesha, portmap 111, nfsd 2049, mountd 65535, lockd 1',
    ],
    [
      'a folder with blanks and an apostrophe',
      {settings: {EXPORT_FOLDER: "/exports/it's a folder"}, options: volumeAt("/exports/it's a folder")},
      "/exports/it's a folder, NFS-Ganesha, portmap 111, nfsd 2049, mountd 32767, lockd 32768",
    ],
    [
      'empty ones',
      {settings: {MOUNTD_PORT: '', EXPORT_OPTS: '', NFS_BACKEND: '', EXPORT_UID: ''}, options: volumeAt('/home/nfs')},
      '/home/nfs, NFS-Ganesha, portmap 111, nfsd 2049, mountd 32767, lockd 32768',
    ],
    ['parked', {settings: {PARKED: '1'}}, '/home/nfs, NFS-Ganesha, portmap 111, nfsd 2049, mountd 32767, lockd 32768'],
  ])('serves with %s, and ends in order', async (_, run, ready) => {
    expect(await startAndServe(run)).toEqual({ready, exitCode: '0'})
  })

  it.each([
    ['rpcbind', 40],
    ['ganesha.nfsd', 42],
    ['rpc.statd', 44],
  ])('ends when %s is killed, and says so', async (daemon, code) => {
    const id = await engine.dockerSays('run', '--detach', ...runArguments({settings: {}}))
    await untilServerReady(engine, id)
    // The container may be gone before the Engine can say how pkill ended.
    await engine.docker(['exec', id, 'pkill', '-KILL', '-f', daemon])
    expect(await engine.dockerSays('wait', id)).toBe(String(code))
    const {stderr} = await engine.docker(['logs', id])
    expect(stderr).toMatch(/^nfs-server: error: .*has ended/m)
  })
})
