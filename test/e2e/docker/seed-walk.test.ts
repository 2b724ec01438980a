import {afterAll, afterEach, beforeAll, describe, expect, it} from '@jest/globals'

import {openShare} from '../../../src/nfs/share-access.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {STOP_GRACE_S, untilServerReady} from '../../helpers/until-server-ready.js'
import {canTestOnDebian, sayNotTested} from '../not-tested.js'
import {portmapPortIsTaken} from '../portmap-port.js'

/** The original's own words: all defaults, four mapped ports. */
const MAPPED = ['111', '2049', '32767', '32768'].flatMap((port) => ['-p', `${port}:${port}`])
/** What a container of an Engine lacks in comparison with a container VM. */
const CAPABILITIES = ['--cap-add', 'DAC_READ_SEARCH', '--cap-add', 'SYS_ADMIN']
const SERVER = 'nfs-server1'
const ROOT = {uid: 0, gid: 0}

const isPossible = canTestOnDebian("the original image's own walk-through")
const describeOnDebian = isPossible ? describe : describe.skip
const isTaken = isPossible && (await portmapPortIsTaken())
const itMaps = isTaken ? it.skip : it
if (isTaken) sayNotTested('mapped ports', 'port 111 of this machine is taken')

let engine: DockerEngine
let image: string

async function serve(...options: readonly string[]): Promise<void> {
  await engine.dockerSays('run', '-d', '--name', SERVER, ...options, image)
  await untilServerReady(engine, SERVER)
}

const inServer = (command: string) => engine.dockerSays('exec', SERVER, '/bin/bash', '-c', command)
/** A client from the same image; the Engine's kernel need not have an NFS client, so that nothing is mounted there. */
const inClient = (command: string) => engine.dockerSays('run', '--rm', image, '/bin/bash', '-c', command)
const ownAddress = () =>
  engine.dockerSays('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', SERVER)

/** The share as its clients see it, by the RPC calls of a VCH. */
async function touchHello(host: string, path = '/home/nfs'): Promise<readonly string[]> {
  const share = await openShare({host, path, ...ROOT}, {})
  try {
    await share.writeFile('hello', '')
    return ((await share.list('')) ?? []).map(({name}) => name)
  } finally {
    await share.close()
  }
}

describeOnDebian("the original image's own walk-through, on a Docker Engine", () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    image = await engine.buildServerImage()
  })
  afterEach(() => engine.docker(['rm', '--force', '--volumes', SERVER]))
  afterAll(() => closeOpened(engine))

  itMaps('serves scratch space through four mapped ports, and exec sees what a client made', async () => {
    await serve(...MAPPED, ...CAPABILITIES)
    expect(await touchHello(engine.gateway)).toContain('hello')
    expect(await inServer('ls /home/nfs')).toBe('hello')
    expect(await inClient(`showmount -e ${engine.gateway}`)).toContain('/home/nfs')
  })

  it('serves scratch space at its own address, on memory of its own, and says so', async () => {
    await serve(...CAPABILITIES)
    const address = await ownAddress()
    expect(await touchHello(address)).toContain('hello')
    expect(await inServer('ls /home/nfs')).toBe('hello')
    expect(await inServer('stat -f -c %T /home/nfs')).toBe('tmpfs')
    const {stderr} = await engine.docker(['logs', SERVER])
    expect(stderr).toMatch(/^nfs-server: warning: \/home\/nfs is scratch space in memory/m)
    expect(await inClient(`rpcinfo -p ${address}`)).toMatch(/100005 +3 +tcp +32767 +mountd/)
  })

  it('serves a volume whose files stay, also on another folder and other ports', async () => {
    const options = [
      '--volume',
      'kept:/mnt/nfs-vol',
      ...['EXPORT_FOLDER=/mnt/nfs-vol', 'MOUNTD_PORT=4001', 'LOCKD_PORT=4002'].flatMap((setting) => ['--env', setting]),
    ]
    await serve(...CAPABILITIES, ...options)
    const address = await ownAddress()
    expect(await touchHello(address, '/mnt/nfs-vol')).toContain('hello')
    expect(await inClient(`rpcinfo -p ${address}`)).toMatch(/100005 +3 +tcp +4001 +mountd/)
    await engine.dockerSays('rm', '--force', SERVER)
    await serve(...CAPABILITIES, ...options)
    expect(await inServer('ls /mnt/nfs-vol')).toContain('hello')
  })

  it('has a shell as a client, with the tools that the walk-through uses', async () => {
    const tools = ['modprobe', 'service', 'mount.nfs', 'rpcinfo', 'showmount', 'share-check']
    expect(await inClient(`command -v ${tools.join(' ')} | wc -l; ls /etc/init.d/rpcbind /etc/init.d/nfs-common`)).toBe(
      `${tools.length}\n/etc/init.d/nfs-common\n/etc/init.d/rpcbind`,
    )
  })

  it('ends with a clear line where the Engine gives it no capabilities', async () => {
    const ended = await engine.docker(['run', '--rm', image])
    expect(ended.exitCode).toBe(31)
    expect(ended.stderr).toMatch(/^nfs-server: error: .*DAC_READ_SEARCH\n$/)
  })

  it('starts and stops ten times, in order', async () => {
    await serve(...CAPABILITIES, '--volume', '/home/nfs')
    for (let round = 1; round <= 10; round += 1) {
      expect(await touchHello(await ownAddress())).toContain('hello')
      await engine.dockerSays('stop', '--time', STOP_GRACE_S, SERVER)
      expect(await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', SERVER)).toBe('0')
      await engine.dockerSays('start', SERVER)
      await untilServerReady(engine, SERVER)
    }
  })
})
