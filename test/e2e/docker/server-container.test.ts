import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {spawn} from 'node:child_process'
import {createInterface} from 'node:readline'

import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {BAD_SETTINGS} from '../../helpers/bad-settings.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {openClient} from '../../helpers/nfs-suite/client.js'
import {canTestOnDebian, sayNotTested} from '../not-tested.js'
import {portmapPortIsTaken} from '../portmap-port.js'
import {runUntil} from '../run-program.js'

const describeOnDebian = canTestOnDebian('containers of the server image') ? describe : describe.skip

const FOLDER = '/home/nfs'
const GRANTED = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
const READY = /^nfs-server: ready: /m
const ROUNDS = 10
/** As many containers at a time as do not stand in each other's way. */
const AT_A_TIME = 4

type Env = Readonly<Record<string, string>>

let engine: DockerEngine
let image: string

const words = (env: Env): string[] => Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])

/** A container that has to end by itself; nothing of it stays. @returns its exit code, null when it did not end */
async function runToEnd(env: Env, more: readonly string[] = GRANTED) {
  const {exitCode, stdout, stderr} = await engine.docker(['run', '--rm', ...more, ...words(env), image])
  return {exitCode, stdout, errors: stderr.split('\n').filter((line) => line.startsWith('nfs-server: error: '))}
}

async function untilReady(name: string): Promise<string> {
  const since = await engine.dockerSays('inspect', '--format', '{{.State.StartedAt}}', name)
  const enough = (stdout: string) => READY.test(stdout)
  return runUntil('/usr/bin/docker', ['logs', '--follow', '--since', since, name], {env: engine.env, enough})
}

/** Starts a container, and waits for its own word that the export can be mounted. */
async function launch(name: string, env: Env = {}, more: readonly string[] = []): Promise<string> {
  await engine.dockerSays('run', '--detach', '--name', name, ...GRANTED, ...more, ...words(env), image)
  await untilReady(name)
  return engine.dockerSays('inspect', '--format', '{{.NetworkSettings.IPAddress}}', name)
}

const remove = (name: string) => engine.dockerSays('rm', '--force', '--volumes', name)

/** Waits until a container says so many lines. */
async function untilLines(name: string, count: number): Promise<void> {
  const follow = spawn('/usr/bin/docker', ['logs', '--follow', name], {
    env: engine.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let lines = 0
  for await (const line of createInterface({input: follow.stdout})) {
    if (line !== '') lines += 1
    if (lines >= count) break
  }
  follow.kill()
}

describeOnDebian('a container of the server image', () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    image = await engine.buildServerImage()
  })
  afterAll(() => engine.close())

  it.each(BAD_SETTINGS)('ends at a bad %s with %i and one line that names it', async (name, exitCode, values) => {
    for (let at = 0; at < values.length; at += AT_A_TIME)
      await Promise.all(
        values.slice(at, at + AT_A_TIME).map(async (value) => {
          const ended = await runToEnd({[name]: value})
          expect({value, ...ended}).toEqual({value, exitCode, stdout: '', errors: [expect.stringContaining(name)]})
        }),
      )
  })

  it('shows all faults at once, and ends with the code of the first', async () => {
    const env = {
      EXPORT_FSID: 'x',
      PARKED: 'x',
      EXPORT_OPTS: '*(a,b)',
      LOCKD_PORT: '0',
      MOUNTD_PORT: '0',
      EXPORT_FOLDER: 'x',
    }
    const {exitCode, errors} = await runToEnd(env)
    expect([exitCode, errors]).toEqual([10, Array.from({length: 7}, () => expect.any(String))])
  })

  it.each([
    ['a volume that was promised is missing', 20, {REQUIRE_MOUNT: '1'}, GRANTED],
    ['the folder is a file', 21, {EXPORT_FOLDER: '/etc/passwd'}, GRANTED],
    ['a volume is there to read only', 21, {}, [...GRANTED, '--tmpfs', `${FOLDER}:ro`]],
    ['the scratch space has files, and cannot be exported', 22, {EXPORT_FOLDER: '/usr/share'}, GRANTED],
    ['there is no right to make scratch space', 22, {}, ['--cap-add', 'DAC_READ_SEARCH']],
    ['it is parked, and has the volume', 23, {PARKED: '1'}, [...GRANTED, '--volume', FOLDER]],
    ['the kernel is demanded and has no server', 30, {NFS_BACKEND: 'kernel'}, GRANTED],
    ['it may open no files by handle', 31, {}, []],
    ['it is not root', 31, {}, [...GRANTED, '--user', '1000']],
  ])('ends when %s: %i', async (_what, exitCode, env, more) => {
    const ended = await runToEnd(env, more)
    expect(ended).toEqual({exitCode, stdout: expect.not.stringMatching(READY), errors: [expect.any(String)]})
  })

  it.each([`/srv/it's a #share, $HOME`, '/srv/Größe {x};y *', '/srv/-n/%deep'])('exports %s', async (folder) => {
    const host = await launch('named', {EXPORT_FOLDER: folder}, ['--volume', folder])
    expect(await runPreflight({host, path: folder, uid: 0, gid: 0})).toMatchObject({passed: true})
    await remove('named')
  })

  it('counts the later one of two options that take each other back, and takes a mask for a network', async () => {
    const EXPORT_OPTS = `${engine.gateway}/255.255.255.255(rw,insecure,no_root_squash,ro) 10.99.0.0/16(rw)`
    const host = await launch('masked', {EXPORT_OPTS}, ['--volume', FOLDER])
    const report = await runPreflight({host, path: FOLDER, uid: 0, gid: 0})
    expect(report.rungs.find(({state}) => state === 'failed')).toMatchObject({code: 'VN-NFS-READ-ONLY'})
    await remove('masked')
  })

  it('serves scratch space at four ports of this machine by its defaults, and shows in exec what a client made', async () => {
    if (await portmapPortIsTaken()) {
      sayNotTested('published ports', 'port 111 of this machine is taken')
      return
    }
    const ports = [111, 2049, 32767, 32768].flatMap((port) => ['--publish', `${port}:${port}`])
    await launch('scratch', {}, ports)
    const client = await openClient({host: '127.0.0.1', portmapPort: 111, path: FOLDER})
    await client.file(client.root, 'hello')
    await client.close()
    expect(await engine.dockerSays('exec', 'scratch', '/bin/bash', '-c', `ls ${FOLDER}`)).toBe('hello')
    expect(await engine.dockerSays('exec', 'scratch', 'share-check')).toMatch(
      /^share-check: \/home\/nfs can be mounted/,
    )
    await remove('scratch')
  })

  it('starts and stops ten times, and keeps what its volume has', async () => {
    const host = await launch('again', {REQUIRE_MOUNT: '1'}, ['--volume', FOLDER])
    for (let round = 1; round <= ROUNDS; round += 1) {
      const client = await openClient({host, portmapPort: 111, path: FOLDER})
      await client.file(client.root, `file ${round}`)
      await client.close()
      await engine.dockerSays('stop', 'again')
      expect(await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', 'again')).toBe('0')
      await engine.dockerSays('start', 'again')
      await untilReady('again')
    }
    expect(await engine.dockerSays('exec', 'again', 'bash', '-c', `ls ${FOLDER} | grep -c ^file`)).toBe(String(ROUNDS))
    await remove('again')
  })

  it('stops in order wherever its start is, with 0', async () => {
    for (let line = 0; line <= 6; line += 1) {
      await engine.dockerSays('run', '--detach', '--name', 'early', ...GRANTED, '--volume', FOLDER, image)
      if (line > 0) await untilLines('early', line)
      await engine.dockerSays('stop', 'early')
      const exitCode = await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', 'early')
      const {stderr} = await engine.docker(['logs', 'early'])
      expect({line, exitCode, stderr}).toEqual({line, exitCode: '0', stderr: expect.not.stringContaining('error')})
      await remove('early')
    }
  })

  it.each([
    ['rpcbind', 40],
    ['ganesha.nfsd', 42],
    ['rpc.statd', 44],
  ])('ends when %s is killed, and says so: %i', async (daemon, exitCode) => {
    await launch('killed', {}, ['--volume', FOLDER])
    await engine.dockerSays('exec', 'killed', 'pkill', '-9', '-x', daemon)
    expect(await engine.dockerSays('wait', 'killed')).toBe(String(exitCode))
    const {stderr} = await engine.docker(['logs', 'killed'])
    expect(stderr).toMatch(/^nfs-server: error: (rpcbind|NFS-Ganesha|rpc\.statd) has ended/m)
    await remove('killed')
  })
})
