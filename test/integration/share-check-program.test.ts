import {spawnSync} from 'node:child_process'
import {rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {once} from 'node:events'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {afterEach, describe, expect, it} from '@jest/globals'

import {MOUNT3} from '../../src/nfs/wire/mount3.js'
import {markRecord} from '../../src/nfs/wire/record-mark.js'
import {encodeReply} from '../../src/nfs/wire/rpc-message.js'
import {mntStatus} from '../helpers/memory-share.js'
import {answer} from '../helpers/scripted-rpc-server.js'
import {serveMemoryShare, type ServedShare} from '../helpers/serve-memory-share.js'
import {makeTempDirectory} from '../helpers/temp-directory.js'
import {checkPlace, PERL_BASE_ONLY, runShareCheck, whyNoPerl} from '../helpers/share-check.js'

const IMAGE = fileURLToPath(new URL('../../image', import.meta.url))

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function serve(...args: Parameters<typeof serveMemoryShare>): Promise<ServedShare> {
  const served = await serveMemoryShare(...args)
  cleanUps.push(() => served.server.close())
  return served
}

const perl = whyNoPerl()
const inPerl = perl === undefined ? describe : describe.skip

inPerl(`share-check${perl === undefined ? '' : ` (not tested: ${perl})`}`, () => {
  it('compiles without a warning, all its modules along', () => {
    const {stderr} = spawnSync('perl', ['-cw', 'share-check'], {cwd: IMAGE, encoding: 'utf8'})
    expect(stderr).toBe('share-check syntax OK\n')
  })

  const hasPerlBase = spawnSync('perl', ['-e', 'exit !grep { m{/perl-base$} } @INC']).status === 0
  const onDebian = hasPerlBase ? it : it.skip

  onDebian('needs nothing but perl-base', async () => {
    const {server, address} = await serve()
    const {exitCode, stderr} = await checkPlace(address, {portmapPort: server.port, perl: PERL_BASE_ONLY})
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
  })

  it('changes nothing in the read-only form, and unmounts', async () => {
    const {server, share, address} = await serve()
    const {exitCode, rungs, report} = await checkPlace(address, {portmapPort: server.port, readOnly: true})
    expect(exitCode).toBe(0)
    expect(report).toMatchObject({passed: true, readOnly: true})
    expect(rungs.filter(({state}) => state === 'passed').map(({id}) => id)).toEqual([
      ...['portmap', 'mountd', 'nfsd', 'fsinfo', 'unmount'],
    ])
    expect(share.root.children.size).toBe(0)
    expect(server.heard.at(-1)?.name).toBe('MOUNT.UMNT')
  })

  it('never calls a mount by the kernel proven where there was none', async () => {
    const {server, address} = await serve()
    const {rungs} = await checkPlace(address, {portmapPort: server.port})
    for (const id of ['kernel-mount', 'kernel-write']) {
      const finding = expect.stringMatching(/^not proven here: the kernel's NFS client asks port 111 only/)
      expect(rungs.find((rung) => rung.id === id)).toMatchObject({state: 'skipped', finding})
    }
  })

  it('prints names from a server as JSON that any terminal may show', async () => {
    const path = '/evil\u001b[2J"\\\u00e4\n\ud83d\ude00'
    const {server, address} = await serve({
      'MOUNT.MNT': () => mntStatus(13),
      'MOUNT.EXPORT': () => answer(MOUNT3.export, [{path, groups: []}]),
    })
    const {rungs, stdout} = await checkPlace(address, {portmapPort: server.port})
    expect(rungs.find(({state}) => state === 'failed')?.finding).toContain('it exports /evil [2J"\\\u00e4 \ud83d\ude00')
    expect(stdout).toMatch(/^[\n -~]*$/)
  })

  it('unmounts when it is told to stop, and says so by its exit code', async () => {
    const stop = new AbortController()
    const {server, address} = await serve({
      'NFS.FSINFO'() {
        stop.abort()
        return 'silence'
      },
    })
    const {exitCode, stderr} = await checkPlace(address, {portmapPort: server.port, signal: stop.signal})
    expect({exitCode, stderr}).toEqual({exitCode: 143, stderr: 'share-check: error: interrupted\n'})
    expect(server.heard.at(-1)?.name).toBe('MOUNT.UMNT')
  })

  it.each([
    [['--json']],
    [['--timeout', '0', 'nfs://h/p']],
    [['nfs://h/p', 'nfs://h/q']],
    [['http://h/p']],
    [['nfs://h/p?uid=-1']],
    [['--what', 'nfs://h/p']],
  ])('takes %j for no command', async (words) => {
    const {exitCode, stdout, stderr} = await runShareCheck(words, {portmapPort: 1})
    expect({exitCode, stdout}).toEqual({exitCode: 2, stdout: ''})
    expect(stderr).toMatch(/^share-check: error: .*\nusage: /)
  })
})

inPerl('share-check without a URL', () => {
  const env = {EXPORT_FOLDER: '/exports//data/'}

  it('mounts the own export as root, and says so in one line', async () => {
    const {server} = await serve()
    const {exitCode, stdout, stderr} = await runShareCheck([], {portmapPort: server.port, env})
    expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
    expect(stdout).toMatch(/^share-check: \/exports\/data can be mounted \(mountd \d+, nfsd \d+, \d+ ms\)\n$/)
    expect(server.heard.map(({name}) => name)).toEqual([
      ...['PORTMAP.GETPORT', 'MOUNT.MNT', 'PORTMAP.GETPORT', 'NFS.FSINFO', 'NFS.GETATTR', 'MOUNT.UMNT'],
    ])
    const who = {flavor: 'sys', machine: 'vic', uid: 0, gid: 0, gids: [0]}
    expect(server.heard[1]?.call.credential).toEqual(who)
  })

  it.each<[string, Parameters<typeof serveMemoryShare>[0], RegExp]>([
    ['refused', {'MOUNT.MNT': () => mntStatus(13)}, /MNT of \/exports\/data: MNT3ERR_ACCES: The server does not let/],
    ['hanging', {'NFS.FSINFO': () => 'silence'}, /FSINFO of \/exports\/data: .* did not answer in time/],
    ['dying', {'NFS.GETATTR': () => 'close'}, /GETATTR of \/exports\/data: .* closed the connection/],
    [
      'version',
      {'MOUNT.MNT': () => ({reply: {status: 'prog-mismatch', low: 1, high: 2}})},
      /MNT of .* versions 1 to 2/,
    ],
  ])('names the call and why: %s', async (_what, script, words) => {
    const {server} = await serve(script)
    // Time enough for the calls before, also where this machine is busy.
    const {exitCode, stdout, stderr} = await runShareCheck(['--timeout', '2'], {portmapPort: server.port, env})
    expect({exitCode, stdout}).toEqual({exitCode: 1, stdout: ''})
    expect(stderr).toMatch(/^share-check: error: .*\n$/)
    expect(stderr).toMatch(words)
  })

  it('ends in time, also where a server never stops sending answers to somebody else', async () => {
    const answers = Buffer.concat(
      Array.from({length: 2000}, () => markRecord(encodeReply({xid: 1, status: 'proc-unavail'}))).flat(),
    )
    const flood = createServer((socket) => {
      const pump = (): void => {
        while (socket.write(answers));
      }
      socket.on('error', () => undefined).on('drain', pump)
      pump()
    }).listen(0, '127.0.0.1')
    cleanUps.push(() => new Promise((resolve) => flood.close(() => resolve())))
    await once(flood, 'listening')
    const {port: portmapPort} = flood.address() as AddressInfo
    const {exitCode, stderr} = await runShareCheck(['--timeout', '0.2'], {portmapPort})
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/GETPORT of mountd version 3: .* did not answer in time/)
  })

  it('says that nothing is registered', async () => {
    const {server, share} = await serve()
    share.ports.nfsd = 0
    const {exitCode, stderr} = await runShareCheck([], {portmapPort: server.port, env})
    expect({exitCode, stderr}).toEqual({
      exitCode: 1,
      stderr: 'share-check: error: GETPORT of nfsd version 3: it is not registered at the port mapper\n',
    })
  })
})

inPerl('share-check clients', () => {
  it('lists who has a connection right now, each once, and not the server itself', async () => {
    const listener = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.2')
    cleanUps.push(() => new Promise((resolve) => listener.close(() => resolve())))
    await once(listener, 'listening')
    const {port} = listener.address() as AddressInfo
    const dial = async (localAddress: string): Promise<Socket> => {
      const socket = connect({port, host: '127.0.0.2', localAddress})
      await once(socket, 'connect')
      return socket
    }
    const list = () => runShareCheck(['clients'], {portmapPort: 1, env: {VICNFS_NFSD_PORT: String(port)}})
    const sockets = [await dial('127.0.0.4'), await dial('127.0.0.3'), await dial('127.0.0.4'), await dial('127.0.0.2')]
    try {
      expect(await list()).toMatchObject({exitCode: 0, stdout: '127.0.0.3\n127.0.0.4\n', stderr: ''})
    } finally {
      await Promise.all(sockets.map((socket) => once(socket.end(), 'close')))
    }
    expect(await list()).toMatchObject({exitCode: 0, stdout: '', stderr: ''})
  })

  it('reads addresses of both families, as the kernel writes them', async () => {
    const line = (own: string, client: string, state = '01') => `   1: ${own} ${client} ${state} 00000000:00000000\n`
    const word = (bytes: number[]) => Buffer.from(bytes).reverse().toString('hex').toUpperCase()
    const v6 = (...words: number[][]) => words.map(word).join('')
    const none = [0, 0, 0, 0]
    const mapped = (...bytes: number[]) => v6(none, none, [0, 0, 255, 255], bytes)
    const table = [
      line(`${mapped(10, 9, 0, 2)}:0801`, `${mapped(10, 9, 0, 7)}:0380`),
      line(
        `${v6([0xfd, 0, 0, 0], none, none, [0, 0, 0, 2])}:0801`,
        `${v6([0xfd, 0, 0, 0], none, none, [0, 0, 0, 7])}:0381`,
      ),
      line(`${mapped(10, 9, 0, 2)}:0802`, `${mapped(10, 9, 0, 8)}:0380`),
      line(`${mapped(10, 9, 0, 2)}:0801`, `${mapped(10, 9, 0, 9)}:0380`, '06'),
    ]
    const code = `use lib 'lib'; use ShareCheck::Clients; print "$_\n" for ShareCheck::Clients::connected_clients(2049, @ARGV)`
    const folder = await makeTempDirectory()
    cleanUps.push(() => rm(folder, {recursive: true}))
    const file = path.join(folder, 'tcp6')
    await writeFile(file, ['  sl  local_address rem_address   st\n', ...table].join(''))
    const {stdout, stderr} = spawnSync('perl', ['-w', '-e', code, file], {cwd: IMAGE, encoding: 'utf8'})
    expect([stdout, stderr]).toEqual(['10.9.0.7\nfd00::7\n', ''])
  })
})
