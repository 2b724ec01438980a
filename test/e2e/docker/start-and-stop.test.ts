import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {spawn} from 'node:child_process'
import {createInterface} from 'node:readline'

import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {canTestOnDebian} from '../not-tested.js'
import {runUntil} from '../run-program.js'

const describeOnDebian = canTestOnDebian('containers of the server image') ? describe : describe.skip

const FOLDER = '/home/nfs'
const GRANTED = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
const READY = /^nfs-server: ready: /m
type Env = Readonly<Record<string, string>>

let engine: DockerEngine
let image: string

const words = (env: Env): string[] => Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])

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
})
