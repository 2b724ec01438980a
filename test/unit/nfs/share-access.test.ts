import {afterEach, describe, expect, it} from '@jest/globals'
import type {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {openShare, type ShareSession} from '../../../src/nfs/share-access.js'
import {decode} from '../../../src/nfs/wire/codec.js'
import {NFS3} from '../../../src/nfs/wire/nfs3.js'
import {STABILITY} from '../../../src/nfs/wire/nfs3-arguments.js'
import {NFS3_STATUS} from '../../../src/nfs/wire/status.js'
import {nfsStatus} from '../../helpers/memory-share.js'
import {serveMemoryShare, type ServedShare} from '../../helpers/serve-memory-share.js'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function open(
  overrides: Parameters<typeof serveMemoryShare>[0] = {},
  signal?: AbortSignal,
): Promise<ServedShare & {session: ShareSession}> {
  const served = await serveMemoryShare(overrides)
  cleanUps.push(() => served.server.close())
  const session = await openShare(served.address, {portmapPort: served.server.port, signal})
  cleanUps.push(() => session.close())
  return {...served, session}
}

const errorOf = (work: Promise<unknown>): Promise<VicnfsError> =>
  work.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: unknown) => error as VicnfsError,
  )

describe('a share session', () => {
  it('writes, lists, reads and removes', async () => {
    const {session} = await open()
    await session.makeDirectory('.vicnfs', 0o755)
    await session.makeDirectory('.vicnfs', 0o755)
    await session.writeFile('.vicnfs/consumer.json', '{"vch": 1}')
    await session.writeFile('.vicnfs/consumer.json', Buffer.from('{"vch": 2}'))
    expect(await session.list('')).toEqual([{name: '.vicnfs', isDirectory: true, owner: {uid: 0, gid: 0}}])
    expect(await session.list('.vicnfs')).toMatchObject([{name: 'consumer.json', isDirectory: false}])
    expect((await session.readFile('.vicnfs/consumer.json', 1000))?.toString()).toBe('{"vch": 2}')
    await session.removeFile('.vicnfs/consumer.json')
    await session.removeFile('.vicnfs/consumer.json')
    await session.removeDirectory('.vicnfs')
    await session.removeDirectory('.vicnfs')
    expect(await session.list('')).toEqual([])
  })

  it('tells the space of the file system behind the share', async () => {
    const {session} = await open()
    expect(await session.space?.()).toEqual({totalBytes: 10_000, usedBytes: 3000, availableBytes: 6000})
    const refusing = await open(() => ({'NFS.FSSTAT': () => nfsStatus('FSSTAT', NFS3_STATUS.STALE.number)}))
    await expect(refusing.session.space?.()).rejects.toMatchObject({code: 'VN-NFS-SHARE-READ'})
  })

  it('finds nothing where nothing is', async () => {
    const {session} = await open()
    expect(await session.readFile('a/b', 10)).toBeUndefined()
    expect(await session.list('a/b')).toBeUndefined()
    expect((await errorOf(session.writeFile('a/b', 'data'))).code).toBe('VN-NFS-SHARE-WRITE')
  })

  it('puts the data on stable storage before the name', async () => {
    const {session, server, share} = await open()
    await session.writeFile('file', 'data')
    const changes = server.heard.map(({name}) => name).filter((name) => /CREATE|WRITE|RENAME/.test(name))
    expect(changes).toEqual(['NFS.CREATE', 'NFS.WRITE', 'NFS.RENAME'])
    const write = server.heard.find(({name}) => name === 'NFS.WRITE')
    expect(decode(NFS3.write.arguments, write?.call.body ?? Buffer.alloc(0)).stable).toBe(STABILITY.fileSync)
    expect([...share.root.children.keys()]).toEqual(['file'])
  })

  it('leaves the old file, and no other, when writing fails half-way', async () => {
    const {session, share} = await open((base) => ({
      'NFS.WRITE': (call) => {
        const {data} = decode(NFS3.write.arguments, call.body)
        const full = data.toString() === 'new'
        return full ? nfsStatus('WRITE', NFS3_STATUS.NOSPC.number) : (base['NFS.WRITE']?.(call) ?? 'silence')
      },
    }))
    await session.writeFile('file', 'old')
    const error = await errorOf(session.writeFile('file', 'new'))
    expect(error).toMatchObject({code: 'VN-NFS-SHARE-WRITE', kind: 'failed'})
    expect(error.reason).toBe('WRITE: NFS3ERR_NOSPC: The volume behind the share is full.')
    expect(error.details).toMatchObject({nfsStatus: 'NFS3ERR_NOSPC'})
    expect([...share.root.children.keys()]).toEqual(['file'])
    expect(share.find('file')?.data.toString()).toBe('old')
  })

  it('never takes a file for a folder', async () => {
    const {session} = await open()
    await session.writeFile('file', 'data')
    expect((await errorOf(session.makeDirectory('file', 0o755))).reason).toContain('NFS3ERR_EXIST')
  })

  it('reads no more than it was told to', async () => {
    const {session} = await open()
    await session.writeFile('file', 'x'.repeat(101))
    expect((await errorOf(session.readFile('file', 100))).code).toBe('VN-NFS-SHARE-TOO-LARGE')
    expect(await session.readFile('file', 101)).toHaveLength(101)
  })

  it.each(['..', 'a/../b', './a', '/a', 'a//b', 'a/', 'a\0b'])('refuses the path %j and asks nothing', async (path) => {
    const {session, server} = await open()
    const before = server.heard.length
    for (const work of [
      session.list(path),
      session.readFile(path, 1),
      session.writeFile(path, ''),
      session.removeFile(path),
    ]) {
      expect((await errorOf(work)).code).toBe('VN-NFS-SHARE-PATH')
    }
    expect(server.heard).toHaveLength(before)
  })

  it('does not change the root itself', async () => {
    const {session} = await open()
    expect((await errorOf(session.removeDirectory(''))).code).toBe('VN-NFS-SHARE-PATH')
  })

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController()
    const {session} = await open(
      {
        'NFS.LOOKUP': () => {
          controller.abort(new Error('enough'))
          return 'silence'
        },
      },
      controller.signal,
    )
    await expect(session.readFile('file', 1)).rejects.toThrow('enough')
  })
})

describe('openShare', () => {
  it('says why it cannot', async () => {
    const {server, address} = await serveMemoryShare()
    cleanUps.push(() => server.close())
    const error = await errorOf(openShare({...address, path: '/other'}, {portmapPort: server.port}))
    expect(error).toMatchObject({code: 'VN-NFS-SHARE-OPEN', details: {nfsStatus: 'MNT3ERR_ACCES'}})
    expect(error.reason).toContain('MNT3ERR_ACCES')
  })

  it('dials neither a host with a port nor the root export', async () => {
    const address = {host: '127.0.0.1:2049', path: '/a', uid: 0, gid: 0}
    expect((await errorOf(openShare(address))).code).toBe('VN-NFS-PORT-IN-URL')
    expect((await errorOf(openShare({...address, host: '127.0.0.1', path: '/'}))).code).toBe('VN-NFS-ROOT-EXPORT')
  })
})
