import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {spawn} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {setTimeout as delay} from 'node:timers/promises'

import {runPreflight} from '../../../src/nfs/preflight/run-preflight.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {STOP_GRACE_S, untilServerReady} from '../../helpers/until-server-ready.js'
import {canTestOnDebian} from '../not-tested.js'

const describeOnDebian = canTestOnDebian('containers of the server image') ? describe : describe.skip

const FOLDER = '/home/nfs'
const GRANTED = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
type Env = Readonly<Record<string, string>>

let engine: DockerEngine
let image: string

const words = (env: Env): string[] => Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])

/** Starts a container, and waits for its own word that the export can be mounted. */
async function launch(name: string, env: Env = {}, more: readonly string[] = []): Promise<string> {
  await engine.dockerSays('run', '--detach', '--name', name, ...GRANTED, ...more, ...words(env), image)
  await untilServerReady(engine, name)
  return engine.dockerSays('inspect', '--format', '{{.NetworkSettings.IPAddress}}', name)
}

const remove = (name: string) => engine.dockerSays('rm', '--force', '--volumes', name)

/**
 * Waits until the script of a container catches TERM, which it does first of all: the kernel keeps a signal from the
 * first process of a container that has no handler for it (pid_namespaces(7)). The mask: proc(5), `SigCgt`.
 */
async function untilItCatchesTerm(name: string): Promise<void> {
  const pid = await engine.dockerSays('inspect', '--format', '{{.State.Pid}}', name)
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const caught = BigInt(`0x${/^SigCgt:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
    if (/^Name:\trc\.local$/m.test(status) && ((caught >> 14n) & 1n) === 1n) return
    await delay(5)
  }
}

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
  afterAll(() => closeOpened(engine))

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
      await untilItCatchesTerm('early')
      if (line > 0) await untilLines('early', line)
      await engine.dockerSays('stop', '--time', STOP_GRACE_S, 'early')
      const exitCode = await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', 'early')
      const {stderr} = await engine.docker(['logs', 'early'])
      expect({line, exitCode, stderr}).toEqual({line, exitCode: '0', stderr: expect.not.stringContaining('error')})
      await remove('early')
    }
  })
})
