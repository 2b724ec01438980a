import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {DS_STORE, startVch, type TestVch} from '../docker-api/test-vch.js'

describe('a volume of an NFS store in containers', () => {
  let vch: TestVch
  let serverId = ''
  const export_ = (...parts: string[]): string =>
    path.join(vch.store.volumeDirectory('disk'), 'volumes', 'shared', ...parts)
  const shell = (script: string, more: Record<string, unknown> = {}) =>
    vch.run({Cmd: ['sh', '-c', script], WorkingDir: '/data', HostConfig: {Binds: ['shared:/data']}, ...more})

  async function serverReady(): Promise<void> {
    const before = readyLines((await vch.request('GET', `/containers/${serverId}/logs?stdout=1`)).text)
    await vch.request('POST', `/containers/${serverId}/start`)
    while (readyLines((await vch.request('GET', `/containers/${serverId}/logs?stdout=1`)).text) === before)
      await delay(10)
  }
  const readyLines = (text: string): number => text.split('ready:').length

  beforeAll(async () => {
    vch = await startVch()
    const made = await vch.request('POST', '/containers/create?name=server', {
      Image: 'vicnfs/nfs-server:0.1',
      Env: ['EXPORT_FOLDER=/export', 'EXPORT_OPTS=*(rw,sync,no_subtree_check,insecure,no_root_squash)'],
      HostConfig: {Binds: ['disk:/export'], NetworkMode: 'open-net'},
    })
    serverId = made.json().Id
    await serverReady()
    const {address} = vch.containers.need(serverId)
    await vch.endpoint.powerOff()
    const store = {
      label: 'nfs-store',
      scheme: 'nfs',
      host: address,
      path: '/export',
      query: 'uid=0&gid=0',
      argument: '',
    } as const
    vch.store.update((state) => void (state.guestInfo = {stores: [DS_STORE, store]}))
    vch.endpoint.powerOn()
    await vch.untilUp()
    await vch.request('POST', '/volumes/create', {
      Name: 'shared',
      Driver: 'local',
      DriverOpts: {VolumeStore: 'nfs-store'},
    })
  })
  afterAll(() => vch.close())

  it('carries what one writes to the next: files, folders, links, modes', async () => {
    expect(await shell('mkdir d; echo hello > d/f; chmod 640 d/f; ln -s d/f l')).toMatchObject({exitCode: 0, log: ''})
    expect([readFileSync(export_('d/f'), 'utf8'), readlinkSync(export_('l'))]).toEqual(['hello\n', 'd/f'])
    expect((await shell('cat l; stat -c %a d/f')).log).toBe('hello\n640\n')
  })

  it('sees what was put on the share meanwhile: nothing is kept but the share', async () => {
    renameSync(export_(), `${export_()}-away`)
    mkdirSync(export_())
    writeFileSync(export_('swapped'), 'other')
    expect((await shell('ls')).log).toBe('swapped\n')
    renameSync(export_('swapped'), path.join(`${export_()}-away`, 'back'))
    renameSync(export_(), `${export_()}-empty`)
    renameSync(`${export_()}-away`, export_())
    expect((await shell('ls; rm back')).log).toBe('back\nd\nl\n')
  })

  it('renames and deletes on the share; the inode of a renamed file stays', async () => {
    const {ino} = statSync(export_('d/f'))
    expect((await shell('mv d e; mv e/f e/g; rm l; echo more >> e/g')).exitCode).toBe(0)
    expect([statSync(export_('e/g')).ino, readFileSync(export_('e/g'), 'utf8')]).toEqual([ino, 'hello\nmore\n'])
    expect((await shell('ls -A')).log).toBe('e\n')
  })

  it('reports a refused write-back as exit code 1 with the status name, and leaves the share alone', async () => {
    const refused = await shell('echo x > nope', {User: '1000'})
    expect(refused.exitCode).toBe(1)
    expect(refused.log).toContain('nope: CREATE: NFS3ERR_ACCES')
    expect((await shell('ls -A')).log).toBe('e\n')
    expect((await shell('cat e/g 2>/dev/null; echo $?', {User: '1000'})).log).toBe('1\n')
  })

  it('carries owners, times and hard links over, and fails on what it cannot', async () => {
    const kept = await shell(
      'echo x > h; ln h i; touch -d 2001-01-01T00:00:00Z h; id -u | grep -qx 0 && chown 7:8 h; true',
    )
    expect(kept).toMatchObject({exitCode: 0, log: ''})
    const [h, i] = [statSync(export_('h')), statSync(export_('i'))]
    expect([h.ino, h.mtime.toISOString()]).toEqual([i.ino, '2001-01-01T00:00:00.000Z'])
    const lost = await shell('mkfifo p; ln h j')
    expect([lost.exitCode, lost.log]).toEqual([1, expect.stringContaining('p: a pipe, socket or device')])
    expect(statSync(export_('j')).ino).toBe(h.ino)
    expect((await shell('rm h i j p; ls -A')).log).toContain('e\n')
  })

  it('deletes a file that its user may not read, as rm on the share would', async () => {
    await shell('mkdir -m 777 w; echo secret > w/f; chmod 600 w/f')
    expect(await shell('cat w/f 2>/dev/null || rm -f w/f', {User: '1000'})).toMatchObject({exitCode: 0, log: ''})
    expect(existsSync(export_('w/f'))).toBe(false)
    await shell('rmdir w')
  })

  it('drops writes of a read-only mount and says so', async () => {
    const {exitCode, log} = await shell('echo x > n', {HostConfig: {Binds: ['shared:/data:ro']}})
    expect([exitCode, log]).toEqual([1, expect.stringContaining('NFS3ERR_ROFS')])
    expect((await shell('ls -A')).log).toBe('e\n')
  })

  it('follows no link of the share out of its copy, says so, and leaves the link on the share', async () => {
    const outside = mkdtempSync(path.join(os.tmpdir(), 'outside-'))
    symlinkSync(outside, export_('absolute'))
    symlinkSync('../../../../..', export_('climbing'))
    const {exitCode, log} = await shell('echo x > absolute/planted; echo x > climbing/planted; mv climbing c; ls')
    expect([exitCode, log]).toEqual([0, expect.stringContaining('/data/absolute leads out of the volume')])
    expect(existsSync(path.join(outside, 'planted'))).toBe(false)
    expect([readlinkSync(export_('absolute')), readlinkSync(export_('c'))]).toEqual([outside, '../../../../..'])
    await shell('rm absolute c')
    expect((await shell('ls -A')).log).toBe('e\n')
    rmSync(outside, {recursive: true})
  })

  it('refuses a volume on disk with a link out of it', async () => {
    await vch.request('POST', '/volumes/create', {Name: 'linked', Driver: 'local'})
    symlinkSync('/etc', path.join(vch.store.volumeDirectory('linked'), 'l'))
    await expect(vch.run({Cmd: ['true'], HostConfig: {Binds: ['linked:/x']}})).rejects.toThrow(
      'vicnfs sandbox (engine process): in the volume linked the symbolic link l leads out',
    )
  })

  it('leaves no copy on this machine once it is written back', async () => {
    const {id} = await shell('echo copied > big')
    expect(existsSync(export_('big'))).toBe(true)
    expect(existsSync(path.join(vch.store.containerDirectory(id), 'mounts', '0'))).toBe(false)
    await shell('rm big')
  })

  it('reports a server that died before the write-back', async () => {
    const body = {
      Image: 'busybox',
      Cmd: ['sh', '-c', 'read x; echo y > lost'],
      OpenStdin: true,
      WorkingDir: '/data',
      HostConfig: {Binds: ['shared:/data']},
    }
    const {Id} = (await vch.request('POST', '/containers/create', body)).json()
    await vch.request('POST', `/containers/${Id}/start`)
    await vch.containers.powerOff(serverId)
    vch.containers.context.runtimes.get(Id)?.process?.stdin?.end('\n')
    expect(await vch.containers.whenEnded(vch.containers.need(Id))).toBe(1)
    expect((await vch.request('GET', `/containers/${Id}/logs?stdout=1`)).text).toContain('ECONNREFUSED')
  })

  it('cannot start while the server is down, in the words of a VCH and after a while', async () => {
    const body = {Image: 'busybox', Cmd: ['true'], HostConfig: {Binds: ['shared:/data']}}
    const {Id} = (await vch.request('POST', '/containers/create', body)).json()
    const {mountFailureDelayMs} = vch.store.state.knobs
    vch.setKnobs({mountFailureDelayMs: 200})
    const beganMs = performance.now()
    const answer = await vch.request('POST', `/containers/${Id}/start`)
    expect([answer.status, answer.json().message]).toEqual([
      500,
      'Server error from portlayer: unable to wait for process launch status: Post https://vcenter.sandbox.invalid/sdk: context deadline exceeded',
    ])
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(195)
    vch.setKnobs({mountFailureDelayMs})
    await serverReady()
    expect((await vch.request('POST', `/containers/${Id}/start`)).status).toBe(204)
  })

  it('gives a volume of an NFS store to several running containers at once', async () => {
    const body = {Image: 'busybox', Cmd: ['sleep', '60'], HostConfig: {Binds: ['shared:/data']}}
    for (let index = 0; index < 2; index++) {
      const {Id} = (await vch.request('POST', '/containers/create', body)).json()
      expect((await vch.request('POST', `/containers/${Id}/start`)).status).toBe(204)
    }
  })
})
