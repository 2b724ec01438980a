import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {once} from 'node:events'
import {connect} from 'node:net'
import path from 'node:path'

import {connectedClients} from '../../../src/services/share/connected-clients.js'
import {closeOpened} from '../../helpers/close-opened.js'
import {openDockerEngine, type DockerEngine} from '../../helpers/docker-engine.js'
import {STOP_GRACE_S, untilServerReady} from '../../helpers/until-server-ready.js'
import {installCopy, type InstalledCopy} from '../installed-copy.js'
import {canTestOnDebian, sayNotTested} from '../not-tested.js'
import {portmapPortIsTaken} from '../portmap-port.js'
import {runProgram} from '../run-program.js'
import {makeTemporaryUser, type TemporaryUser} from '../temporary-user.js'
import {openWorkplace, runVicnfs, type Workplace} from '../workplace.js'

const NETWORK = 'storage-net'
const VOLUME = 'nfs-vol'
const SERVER = `vicnfs-${VOLUME}`
const FOLDER = `/exports/${VOLUME}`

const describeOnDebian = canTestOnDebian('expose-volume on a Docker Engine') ? describe : describe.skip

let engine: DockerEngine
let workplace: Workplace
let copy: InstalledCopy
let user: TemporaryUser
let env: Readonly<Record<string, string>>

async function vicnfs(...argv: string[]) {
  const {exitCode, stdout} = await runVicnfs([...argv, '--json'], {env})
  const {result, error} = JSON.parse(stdout)
  return {exitCode, result, error}
}

const expose = (...more: string[]) => vicnfs('expose-volume', VOLUME, '--network', NETWORK, ...more)
const url = () => `nfs://${engine.subnet(1).address(2)}${FOLDER}?uid=0&gid=0`
/** What the volume holds, seen past the server. */
const onVolume = (command: string) =>
  engine.dockerSays('run', '--rm', '--volume', `${VOLUME}:/v`, engine.baseImage, 'sh', '-c', command)

async function containerNames(): Promise<string[]> {
  return (await engine.dockerSays('ps', '--all', '--format', '{{.Names}}')).split('\n')
}

describeOnDebian('expose-volume on a Docker Engine, with the real image', () => {
  beforeAll(async () => {
    engine = await openDockerEngine()
    await engine.buildServerImage()
    await engine.createContainerNetwork(NETWORK, engine.subnet(1))
    workplace = await openWorkplace()
    copy = await installCopy(workplace)
    user = await makeTemporaryUser()
    env = {
      ...workplace.env,
      DOCKER_HOST: engine.env['DOCKER_HOST'] ?? '',
      VICNFS_STATE_DIR: path.join(workplace.directory, 'state'),
    }
  })
  afterAll(async () => {
    await closeOpened(engine, user, workplace)
  })

  it('refuses a volume that is not there, and makes it when asked to', async () => {
    expect(await expose()).toMatchObject({exitCode: 2, error: {code: 'VN-SHARE-NO-VOLUME'}})
    const exposed = await expose('--create')
    expect(exposed).toMatchObject({exitCode: 0, result: {outcome: 'created', volume: 'created', share: {url: url()}}})
  })

  it('runs the image with what NFS-Ganesha needs, and no more', async () => {
    const [{HostConfig, Config}] = JSON.parse(await engine.dockerSays('inspect', SERVER))
    expect(HostConfig).toMatchObject({CapAdd: ['DAC_READ_SEARCH', 'SYS_ADMIN'], Privileged: false})
    expect(HostConfig.Binds).toEqual([`${VOLUME}:${FOLDER}`])
    expect(Config.Env).toEqual(
      expect.arrayContaining(['NFS_BACKEND=ganesha', 'REQUIRE_MOUNT=1', `EXPORT_FOLDER=${FOLDER}`]),
    )
    expect(await untilServerReady(engine, SERVER)).toMatch(/^\/exports\/nfs-vol, NFS-Ganesha, /)
  })

  it('passes preflight, by root and by an ordinary user', async () => {
    const passed = {exitCode: 0, result: {passed: true}}
    expect(await vicnfs('preflight', url())).toMatchObject(passed)
    const credentials = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    const argv = [...credentials, '--', copy.node, copy.runJs, 'preflight', url(), '--json']
    const {exitCode, stdout} = await runProgram('setpriv', argv, {env: workplace.env, cwd: '/'})
    expect({exitCode, ...JSON.parse(stdout)}).toMatchObject(passed)
    expect(await onVolume('ls -d /v/volumes /v/volumes_metadata')).toBe('/v/volumes\n/v/volumes_metadata')
  })

  it('tells who has a connection to it, by an exec', async () => {
    const client = connect({host: engine.subnet(1).address(2), port: 2049})
    await once(client, 'connect')
    const list = () => connectedClients(engine.api, SERVER, {signal: new AbortController().signal})
    expect(await list()).toEqual([client.localAddress])
    await once(client.end(), 'close')
    expect([126, 127]).toContain((await engine.api.exec(SERVER, ['no-such-program'])).exitCode)
    expect(await list()).toEqual([])
  })

  it('fails preflight for a folder that is not exported', async () => {
    const elsewhere = await vicnfs('preflight', url().replace(FOLDER, '/elsewhere'))
    expect(elsewhere).toMatchObject({
      exitCode: 5,
      error: {code: expect.stringMatching(/^VN-NFS-(NOT-EXPORTED|MNT-ACCES)$/)},
    })
  })

  it('is unchanged the second time', async () => {
    const before = await engine.dockerSays('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', SERVER)
    expect(await expose()).toMatchObject({exitCode: 0, result: {outcome: 'unchanged', unchanged: true}})
    expect(await engine.dockerSays('inspect', '--format', '{{.Id}} {{.State.StartedAt}}', SERVER)).toBe(before)
  })

  it('starts a server again that was stopped in order, at the same address', async () => {
    await onVolume('echo kept > /v/file')
    await engine.dockerSays('stop', '--time', STOP_GRACE_S, SERVER)
    expect(await engine.dockerSays('inspect', '--format', '{{.State.ExitCode}}', SERVER)).toBe('0')
    expect(await vicnfs('preflight', url(), '--step-timeout', '1s')).toMatchObject({exitCode: 5})
    expect(await expose()).toMatchObject({exitCode: 0, result: {outcome: 'started', share: {url: url()}}})
    expect(await onVolume('cat /v/file')).toBe('kept')
  })

  it('shows the own words of a server that ends at its start, and takes the container away', async () => {
    const other = ['expose-volume', 'other', '--create', '--network', NETWORK, '--uid', '1000']
    const failed = await vicnfs(...other, '--export-opts', 'x(nonsense)')
    expect(failed).toMatchObject({
      exitCode: 1,
      error: {
        code: 'VN-SHARE-SERVER-ENDED',
        reason: expect.stringMatching(/EXPORT_OPTS of the client "x": there is no option "nonsense"/),
        details: {exitCode: 14},
      },
    })
    expect(await containerNames()).toEqual([SERVER])
    // The control: the same with options that there are.
    expect(await vicnfs(...other, '--export-opts', '*(rw,insecure,no_root_squash)')).toMatchObject({exitCode: 0})
    expect(await vicnfs('teardown', 'other')).toMatchObject({exitCode: 0})
  })

  it('publishes ports on a bridge', async () => {
    if (await portmapPortIsTaken()) {
      sayNotTested('published ports', 'port 111 of this machine is taken')
      return
    }
    const mapped = await vicnfs('expose-volume', 'mapped', '--create', '--network', 'bridge')
    const place = `nfs://${engine.gateway}/exports/mapped?uid=0&gid=0`
    expect(mapped).toMatchObject({exitCode: 0, result: {share: {url: place, ownAddress: false}}})
    expect(await vicnfs('preflight', place)).toMatchObject({exitCode: 0})
    expect(await vicnfs('teardown', 'mapped')).toMatchObject({exitCode: 0})
  })

  it('is taken down with the data kept, and only once', async () => {
    expect(await vicnfs('teardown', VOLUME)).toMatchObject({exitCode: 0, result: {outcome: 'removed', data: 'kept'}})
    expect(await containerNames()).toEqual([''])
    expect(await onVolume('cat /v/file')).toBe('kept')
    expect(await vicnfs('teardown', VOLUME)).toMatchObject({exitCode: 0, result: {outcome: 'unchanged'}})
  })
})
