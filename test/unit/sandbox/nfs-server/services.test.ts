import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {afterEach, describe, expect, it} from '@jest/globals'
import {MOUNT3} from '../../../../src/nfs/wire/mount3.js'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {PORTMAP2} from '../../../../src/nfs/wire/portmap2.js'
import {IPPROTO_TCP, MOUNT, NFS, PORTMAP, decodeReply, encodeCall} from '../../../../src/nfs/wire/rpc-message.js'
import type {StartError} from '../../../../src/sandbox/nfs-server/settings.js'
import {startNfsServer} from '../../../../src/sandbox/nfs-server/start-server.js'
import {OPEN, ROOT, call, connect, makeBase, openSession, removeBase, type ExportSession} from './export-session.js'

describe('portmap, mountd and the start of the server', () => {
  const sessions: ExportSession[] = []
  const open = async (...options: Parameters<typeof openSession>): Promise<ExportSession> => {
    const session = await openSession(...options)
    sessions.push(session)
    return session
  }
  afterEach(async () => {
    for (const session of sessions.splice(0)) {
      await session.close()
      removeBase(session)
    }
  })

  const portmapOf = ({server}: ExportSession) => connect(server.address, server.ports.portmap)
  const ask = (program: {program: number; version: number}) => ({...program, protocol: IPPROTO_TCP, port: 0})

  it('tells the ports of mountd and nfsd, 0 for the rest, and lists them', async () => {
    const nfs = await open()
    const portmap = await portmapOf(nfs)
    const getport = (args: ReturnType<typeof ask>) => call(portmap, PORTMAP2.getport, {args, program: PORTMAP})
    expect(await getport(ask(MOUNT))).toBe(nfs.server.ports.mountd)
    expect(await getport(ask(NFS))).toBe(nfs.server.ports.nfsd)
    expect(await getport(ask({program: 100_021, version: 4}))).toBe(0)
    const rows = await call(portmap, PORTMAP2.dump, {args: {}, program: PORTMAP})
    const tcp = rows.filter(({protocol}) => protocol === IPPROTO_TCP).map(({program, port}) => [program, port])
    const {ports} = nfs.server
    expect(new Map(tcp as [number, number][])).toEqual(
      new Map([
        [100_000, ports.portmap],
        [100_005, ports.mountd],
        [100_003, ports.nfsd],
      ]),
    )
    expect(await call(portmap, PORTMAP2.set, {args: {...ask(NFS), port: 1}, program: PORTMAP})).toBe(false)
    portmap.close()
  })

  it('answers other versions, programs and procedures as RFC 5531 says', async () => {
    const nfs = await open()
    const portmap = await portmapOf(nfs)
    const reply = async (xid: number, program: number, version: number, procedure: number) => {
      portmap.send(encodeCall({xid, program, version, procedure, credential: ROOT, body: []}))
      return decodeReply(await portmap.reply(xid))
    }
    expect(await reply(1e6, 100_000, 4, 0)).toMatchObject({status: 'prog-mismatch', low: 2, high: 2})
    expect(await reply(1e6 + 1, 100_003, 3, 0)).toMatchObject({status: 'prog-unavail'})
    expect(await reply(1e6 + 2, 100_000, 2, 99)).toMatchObject({status: 'proc-unavail'})
    expect(await reply(1e6 + 3, 100_000, 2, 3)).toMatchObject({status: 'garbage-args'})
    const otherVersion = Buffer.concat(encodeCall({xid: 1e6 + 4, ...PORTMAP, procedure: 0, credential: ROOT, body: []}))
    otherVersion.writeUInt32BE(3, 8)
    portmap.send([otherVersion])
    expect(decodeReply(await portmap.reply(1e6 + 4))).toMatchObject({status: 'rpc-mismatch', low: 2, high: 2})
    portmap.close()
  })

  it('remembers mounts until they are taken back, and shows the export with its clients', async () => {
    const nfs = await open({exportOptions: '127.0.0.0/8(rw,insecure) 10.0.0.1(ro)'})
    mkdirSync(path.join(nfs.root, 'volumes'))
    const dump = () => call(nfs.mountd, MOUNT3.dump, {args: {}, program: MOUNT})
    await nfs.mount('/home/nfs/volumes')
    expect(await dump()).toEqual([
      {host: '127.0.0.1', path: '/home/nfs'},
      {host: '127.0.0.1', path: '/home/nfs/volumes'},
    ])
    await call(nfs.mountd, MOUNT3.umnt, {args: '/home/nfs', program: MOUNT})
    expect(await dump()).toEqual([{host: '127.0.0.1', path: '/home/nfs/volumes'}])
    await call(nfs.mountd, MOUNT3.umntall, {args: {}, program: MOUNT})
    expect(await dump()).toEqual([])
    expect(await call(nfs.mountd, MOUNT3.export, {args: {}, program: MOUNT})).toEqual([
      {path: '/home/nfs', groups: ['127.0.0.0/8', '10.0.0.1']},
    ])
  })

  it('lets no path write lines of its own into the log', async () => {
    const nfs = await open()
    await nfs.mount('/x\nnfs-server: ready')
    expect(nfs.log.filter((line) => line.includes('\n'))).toEqual([])
    expect(nfs.log.at(-1)).toMatch(/^refused mount request from .* for \/x\?nfs-server: ready: no export entry$/)
  })

  it('refuses unprivileged source ports of a secure export, at mountd and at nfsd, though it starts itself', async () => {
    const insecure = await open()
    await insecure.close()
    const nfs = await open({exportOptions: '*(rw,no_root_squash)', base: path.dirname(insecure.root)})
    expect(await nfs.mount('/home/nfs')).toMatchObject({ok: false, status: 13})
    expect(nfs.log.at(-1)).toMatch(/illegal port \d+$/)
    expect(await nfs.status('fsinfo', {handle: insecure.rootHandle})).toBe('NFS3ERR_PERM')
  })

  it('refuses clients that no entry names', async () => {
    const nfs = await open({exportOptions: '10.0.0.0/8(rw,insecure)'})
    expect(await nfs.mount('/home/nfs')).toMatchObject({ok: false, status: 13})
    expect(nfs.log.at(-1)).toMatch(/unmatched host$/)
  })

  it('takes the narrowest entry that holds for a client', async () => {
    const nfs = await open({
      exportOptions: '*(rw,insecure,no_root_squash) 127.0.0.1(ro,insecure) 127.0.0.0/8(rw,insecure)',
    })
    const args = {dir: nfs.rootHandle, name: 'd', attributes: KEEP_ATTRIBUTES}
    expect(await nfs.status('mkdir', args)).toBe('NFS3ERR_ROFS')
  })

  it('leaves out services that are not published, after it has mounted the export itself', async () => {
    const base = makeBase()
    const settings = {
      ...{address: '127.0.0.1', portmapPort: 0, nfsdPort: 0, mountdPort: 0, exportPath: '/home/nfs'},
      ...{rootDirectory: path.join(base, 'export'), exportOptions: OPEN, attributesFile: path.join(base, 'attributes')},
    }
    const log: string[] = []
    const server = await startNfsServer(
      {...settings, openPorts: [111, 4001], imageMountdPort: 4001},
      {log: (line) => log.push(line)},
    )
    const mountd = await connect(server.address, server.ports.mountd)
    expect(await call(mountd, MOUNT3.mnt, {args: '/home/nfs', program: MOUNT})).toMatchObject({ok: true})
    expect(server.ports.nfsd).toBe(2049)
    expect(log[0]).toMatch(/^authenticated mount request/)
    mountd.close()
    await server.close()
    const closed = await startNfsServer({...settings, openPorts: []})
    expect(closed.ports).toEqual({portmap: 111, nfsd: 2049, mountd: 32_767})
    await closed.close()
    removeBase({root: settings.rootDirectory} as ExportSession)
  })

  it('says which port is taken, and leaves nothing bound', async () => {
    const nfs = await open()
    const base = makeBase()
    const other = {
      ...nfs.settings,
      ...{mountdPort: nfs.server.ports.mountd, attributesFile: path.join(base, 'attributes')},
    }
    const failure = await startNfsServer(other).catch((error: unknown) => error as StartError)
    expect(failure).toMatchObject({exitCode: 35})
    expect((failure as StartError).message).toContain(`cannot listen on 127.0.0.1 port ${nfs.server.ports.mountd}`)
    removeBase({root: path.join(base, 'export')} as ExportSession)
  })

  it('stops when it is told: nobody is accepted any more, the connections end', async () => {
    const stop = new AbortController()
    const nfs = await open()
    const server = await startNfsServer(
      {...nfs.settings, attributesFile: `${nfs.settings.attributesFile}.2`},
      {signal: stop.signal},
    )
    const connection = await connect(server.address, server.ports.nfsd)
    const ended = new Promise((resolve) => connection.socket.once('close', resolve))
    stop.abort()
    await server.close()
    await ended
    await expect(connect(server.address, server.ports.portmap)).rejects.toMatchObject({code: 'ECONNREFUSED'})
  })
})
