import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import {closeOpened} from '../helpers/close-opened.js'
import {canTestOnDebian} from './not-tested.js'
import {openSharedVch, STORE, type SharedVch} from './shared-vch.js'

const IMAGE = 'busybox:latest'
/** Until somebody tells it to stop; then it ends with a code of its own. */
const SERVE = 'trap "echo told to stop; exit 3" TERM; echo ready; while :; do sleep 0.05; done'

const describeOnDebian = canTestOnDebian("Debian's docker CLI") ? describe : describe.skip

let vch: SharedVch

/** A new volume on the store that NFS made. */
async function newVolume(name: string): Promise<string> {
  return vch.dockerSays('volume', 'create', '--opt', `VolumeStore=${STORE}`, name)
}

describeOnDebian("Debian's docker CLI on a sandbox", () => {
  beforeAll(async () => void (vch = await openSharedVch()))
  afterAll(() => closeOpened(vch))

  it("is Debian's own, and agrees with the VCH on its API", async () => {
    const [client, server, api] = (
      await vch.dockerSays('version', '--format', '{{.Client.Version}}\n{{.Server.Version}}\n{{.Client.APIVersion}}')
    ).split('\n')
    expect(vch.dockerVersion.startsWith(client!)).toBe(true)
    expect([server, api]).toEqual(['1.5.8', '1.25'])
  })

  it('is served by processes that would be found, were they left behind', async () => {
    const left = (await vch.workplace.leftovers()).join('\n')
    expect(left).toMatch(/^\d+ .*sandbox\/daemon\.js /m)
    expect(left).toMatch(/^\d+ .*sandbox\/nfs-server\/main\.js /m)
    expect(left).toMatch(/^vicnfs-0$/m)
  })

  it('shows what the VCH says of itself', async () => {
    const info = await vch.dockerSays('info')
    expect(info).toMatch(/^ *Server Version: v1\.5\.8-/m)
    expect(info).toMatch(/^ *Storage Driver: vSphere Integrated Containers v1\.5\.8-\S+ Backend Engine$/m)
    expect(info).toMatch(/^ *ID: vSphere Integrated Containers$/m)
    const listed = (title: string) => new RegExp(`^ *${title}: (.*)$`, 'm').exec(info)?.[1]?.split(' ').sort()
    expect(listed('Network')).toEqual(['bridge', 'storage-net'])
    // Later clients do not show the lines of a VCH any more.
    if (Number.parseInt(vch.dockerVersion, 10) <= 20) {
      expect(listed('VolumeStores')).toEqual(['default', STORE])
      expect(info).toMatch(/Backend Engine: RUNNING$/m)
    }
  })

  it('makes, lists, inspects and removes volumes of the store', async () => {
    expect(await newVolume('kept')).toBe('kept')
    const list = () => vch.dockerSays('volume', 'ls', '--format', '{{.Driver}} {{.Name}}')
    expect((await list()).split('\n')).toEqual(expect.arrayContaining(['vsphere kept', 'vsphere nfs-vol']))
    const [volume] = JSON.parse(await vch.dockerSays('volume', 'inspect', 'kept'))
    expect(volume).toMatchObject({Driver: 'vsphere', Options: {VolumeStore: STORE}})
    expect(await vch.dockerSays('volume', 'rm', 'kept')).toBe('kept')
    expect(await list()).not.toContain('kept')
  })

  it('passes output, errors and the exit code of a command on', async () => {
    await newVolume('streams')
    const command = 'pwd > folder; echo to stdout; echo to stderr >&2; exit 7'
    const run = await vch.docker([
      'run',
      '--name',
      'streams',
      '-v',
      'streams:/data',
      '-w',
      '/data',
      IMAGE,
      'sh',
      '-c',
      command,
    ])
    expect(run).toEqual({exitCode: 7, stdout: 'to stdout\n', stderr: 'to stderr\n'})
    // Two pipes keep no order between them.
    expect((await vch.dockerSays('logs', 'streams')).split('\n').sort()).toEqual(['to stderr', 'to stdout'])
    expect(await vch.dockerSays('ps', '-a', '--filter', 'name=streams', '--format', '{{.Status}}')).toMatch(
      /^Exited \(7\)/,
    )
    expect(await vch.dockerSays('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'streams')).toBe(
      'exited 7',
    )
  })

  it('passes the environment and stdin on, and removes a container that was asked to go', async () => {
    const command = 'echo "$COLOUR $(cat)"'
    const run = await vch.docker(
      ['run', '--rm', '-i', '--name', 'passing', '-e', 'COLOUR=blue', IMAGE, 'sh', '-c', command],
      {stdin: 'from stdin'},
    )
    expect(run).toEqual({exitCode: 0, stdout: 'blue from stdin\n', stderr: ''})
    expect(await vch.dockerSays('ps', '-a', '--format', '{{.Names}}')).not.toContain('passing')
  })

  it('leads a container in the background through its life', async () => {
    const id = await vch.dockerSays('run', '-d', '--name', 'life', IMAGE, 'sh', '-c', SERVE)
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    await vch.dockerUntil((stdout) => stdout.includes('ready\n'), 'logs', '--follow', 'life')
    expect(await vch.dockerSays('ps', '--format', '{{.Names}} {{.Status}}')).toMatch(/^life Up /m)
    expect(await vch.docker(['exec', 'life', 'sh', '-c', 'echo inside; exit 4'])).toEqual({
      exitCode: 4,
      stdout: 'inside\n',
      stderr: '',
    })
    const waiting = vch.dockerSays('wait', 'life')
    expect(await vch.dockerSays('stop', 'life')).toBe('life')
    expect(await waiting).toBe('3')
    expect(await vch.dockerSays('logs', 'life')).toBe('ready\ntold to stop')
    expect(await vch.dockerSays('start', 'life')).toBe('life')
    expect(await vch.dockerSays('inspect', '--format', '{{.State.Status}}', 'life')).toBe('running')
    await vch.dockerSays('stop', 'life')
    expect(await vch.dockerSays('rm', 'life')).toBe('life')
    expect(await vch.dockerSays('ps', '-a', '--format', '{{.Names}}')).not.toContain('life')
  })

  it('sees the events of a life', async () => {
    await vch.dockerSays('run', '--rm', '--name', 'events', IMAGE, 'sh', '-c', 'exit 0')
    const isOver = (text: string) => text.includes('destroy')
    const format = '{{.Type}} {{.Action}}'
    const events = await vch.dockerUntil(
      isOver,
      'events',
      '--since',
      '1',
      '--filter',
      'container=events',
      '--format',
      format,
    )
    expect(events.trim().split('\n')).toEqual(['create', 'start', 'die', 'destroy'].map((what) => `container ${what}`))
  })

  it('shows the networks and who is on them', async () => {
    expect((await vch.dockerSays('network', 'ls', '--format', '{{.Driver}} {{.Name}}')).split('\n').sort()).toEqual([
      'bridge bridge',
      'external storage-net',
    ])
    const [network] = JSON.parse(await vch.dockerSays('network', 'inspect', 'storage-net'))
    expect(Object.values(network.Containers)).toEqual([
      expect.objectContaining({Name: 'vicnfs-nfs-vol', IPv4Address: `${vch.host}/24`}),
    ])
  })

  it('lets containers share a volume of the store, and only such a volume', async () => {
    await newVolume('shared')
    await vch.dockerSays('volume', 'create', 'disk')
    const on = (volume: string, ...more: string[]) => [
      'run',
      ...more,
      '-v',
      `${volume}:/data`,
      '-w',
      '/data',
      IMAGE,
      'sh',
      '-c',
    ]
    expect(await vch.dockerSays(...on('shared', '--rm'), 'echo A wrote > a')).toBe('')
    expect(await vch.dockerSays(...on('shared', '--rm'), 'cat a; echo B wrote > b')).toBe('A wrote')
    expect(await vch.dockerSays(...on('shared', '--rm'), 'cat b')).toBe('B wrote')

    await vch.dockerSays(...on('shared', '-d', '--name', 'shared-user'), SERVE)
    await vch.dockerSays(...on('disk', '-d', '--name', 'disk-user'), SERVE)
    expect(await vch.dockerSays(...on('shared', '--rm'), 'cat a b')).toBe('A wrote\nB wrote')
    const second = await vch.docker([...on('disk', '--rm'), 'true'])
    expect(second).toMatchObject({exitCode: 125, stderr: expect.stringContaining('device disk in use')})
  })

  describe('tells in the words of VIC what a VCH refuses', () => {
    const NOT_YET = 'vSphere Integrated Containers does not yet implement'

    beforeAll(async () => {
      await newVolume('in-use')
      await vch.dockerSays('run', '-d', '--name', 'user', '-v', 'in-use:/data', IMAGE, 'sh', '-c', SERVE)
      await writeFile(path.join(vch.workplace.home, 'Dockerfile'), `FROM ${IMAGE}\n`)
    })

    it.each([
      ['volume create --opt VolumeStore=nope x', 'Error response from daemon: No volume store named (nope) exists'],
      ['volume create in-use', 'A volume named in-use already exists. Choose a different volume name.'],
      ['volume create --opt Capacity=10GiB x', "bad driver value - invalid size: '10GiB'"],
      ['volume rm in-use', /volume in-use in use by [0-9a-f]{64}\n/],
      ['rm user', 'You cannot remove a running container. Stop the container before attempting removal or use -f'],
      ['pull unknown/image:1', 'Error while pulling image manifest: missing signature key'],
      ['pull busybox:9', 'Tag 9 not found in repository library/busybox'],
      ['pause user', `${NOT_YET} ContainerPause`],
      ['top user', `${NOT_YET} ContainerTop`],
      ['system df', `${NOT_YET} SystemDiskUsage`],
      ['build .', 'Error response from daemon: page not found'],
      ['inspect gone', /no such object: gone/i],
    ])('docker %s', async (line, words) => {
      const stderr = typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words)
      expect(await vch.docker(line.split(' '))).toMatchObject({exitCode: 1, stderr})
    })

    it('docker run of an unknown image', async () => {
      const run = await vch.docker(['run', '--rm', 'unknown/image:1', 'true'])
      expect(run).toMatchObject({exitCode: 125, stderr: expect.stringContaining('missing signature key')})
    })
  })
})
