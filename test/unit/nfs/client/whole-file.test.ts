import {afterEach, describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {listDirectory} from '../../../../src/nfs/client/list-directory.js'
import {NfsStatusError} from '../../../../src/nfs/client/nfs-status-error.js'
import {openExport, type OpenExport} from '../../../../src/nfs/client/open-export.js'
import {RpcError} from '../../../../src/nfs/client/rpc-error.js'
import {readWholeFile, storeFile, writeWholeFile} from '../../../../src/nfs/client/whole-file.js'
import {decode, encode} from '../../../../src/nfs/wire/codec.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {answer, type Script} from '../../../helpers/scripted-rpc-server.js'
import {serveMemoryShare, type ServedShare} from '../../../helpers/serve-memory-share.js'
import type {MemoryShare} from '../../../helpers/memory-share.js'

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function open(
  overrides: Script | ((base: Script, share: MemoryShare) => Script) = {},
): Promise<ServedShare & {opened: OpenExport}> {
  const served = await serveMemoryShare(overrides)
  cleanUps.push(() => served.server.close())
  const {host, path, uid, gid} = served.address
  const credential = {flavor: 'sys', machine: 'test', uid, gid, gids: []} as const
  const opened = await openExport({host, path, credential}, {portmapPort: served.server.port, timeoutMs: 5000})
  cleanUps.push(() => opened.close())
  return {...served, opened}
}

const namesOf = (served: ServedShare): string[] =>
  served.server.heard.map(({name}) => name).filter((name) => name.startsWith('NFS.'))

const wcc = {before: undefined, after: undefined}

describe('whole files', () => {
  it('come back as they were stored, in pieces of any size', async () => {
    const {opened, share} = await open()
    const {nfs, root} = opened
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({maxLength: 2000}),
        fc.integer({min: 100, max: 700}),
        async (bytes, chunkBytes) => {
          const data = Buffer.from(bytes)
          const handle = await storeFile(nfs, {dir: root, name: 'file', data}, {mode: 0o600, chunkBytes})
          expect(share.find('file')?.data).toEqual(data)
          expect(await readWholeFile(nfs, handle, {maxBytes: 2000, chunkBytes: chunkBytes + 1})).toEqual(data)
        },
      ),
      {numRuns: 25},
    )
  })

  it('are sent on when the server takes less than was offered', async () => {
    const {opened, share, server} = await open((base) => ({
      'NFS.WRITE': (call) => {
        const args = decode(NFS3.write.arguments, call.body)
        const data = args.data.subarray(0, 10)
        const taken = Buffer.from(data)
        const reply = base['NFS.WRITE']?.({
          ...call,
          body: Buffer.concat(encode(NFS3.write.arguments, {...args, data: taken, count: taken.length})),
        })
        return reply ?? 'silence'
      },
    }))
    const data = Buffer.from('a text of more than ten bytes')
    await storeFile(opened.nfs, {dir: opened.root, name: 'file', data}, {mode: 0o600})
    expect(share.find('file')?.data).toEqual(data)
    expect(server.heard.filter(({name}) => name === 'NFS.WRITE')).toHaveLength(3)
  })

  it('are sent again when the verifier tells that the server restarted before COMMIT', async () => {
    let boots = 1
    const verifier = () => Buffer.alloc(8, boots)
    const served = await open(() => ({
      'NFS.WRITE': (call) => {
        const {count} = decode(NFS3.write.arguments, call.body)
        return answer(NFS3.write, {ok: true, value: {wcc, count, committed: 0, verifier: verifier()}})
      },
      'NFS.COMMIT': () => {
        boots = 2
        return answer(NFS3.commit, {ok: true, value: {wcc, verifier: verifier()}})
      },
    }))
    const {nfs, root} = served.opened
    await writeWholeFile(nfs, root, Buffer.from('data'))
    expect(namesOf(served)).toEqual(['NFS.WRITE', 'NFS.COMMIT', 'NFS.WRITE', 'NFS.COMMIT'])
  })

  it('give up on a server whose verifier never holds', async () => {
    let boots = 0
    const served = await open(() => ({
      'NFS.WRITE': (call) => {
        const {count} = decode(NFS3.write.arguments, call.body)
        return answer(NFS3.write, {
          ok: true,
          value: {wcc, count, committed: 0, verifier: Buffer.alloc(8, (boots += 1))},
        })
      },
    }))
    await expect(writeWholeFile(served.opened.nfs, served.opened.root, Buffer.from('data'))).rejects.toThrow(
      'changed 5 times',
    )
  })

  it.each([0, 5])('end with an error when WRITE of 4 bytes is answered with a count of %d', async (count) => {
    const {opened} = await open(() => ({
      'NFS.WRITE': () => answer(NFS3.write, {ok: true, value: {wcc, count, committed: 0, verifier: Buffer.alloc(8)}}),
    }))
    await expect(writeWholeFile(opened.nfs, opened.root, Buffer.from('data'))).rejects.toMatchObject({
      failure: 'garbage',
    })
  })

  it('are not read beyond the limit, nor for ever', async () => {
    const {opened, share} = await open()
    share.add('big', Buffer.alloc(101))
    const {nfs, root} = opened
    const {handle} = await nfs.lookup({dir: root, name: 'big'})
    await expect(readWholeFile(nfs, handle, {maxBytes: 100})).rejects.toThrow(RangeError)
    const stuck = await open(() => ({
      'NFS.READ': () =>
        answer(NFS3.read, {ok: true, value: {attributes: undefined, count: 0, eof: false, data: Buffer.alloc(0)}}),
    }))
    await expect(readWholeFile(stuck.opened.nfs, stuck.opened.root, {maxBytes: 100})).rejects.toThrow(RpcError)
  })

  it('fail with the status that the server named', async () => {
    const {opened} = await open()
    const failing = opened.nfs.lookup({dir: opened.root, name: 'missing'})
    await expect(failing).rejects.toBeInstanceOf(NfsStatusError)
    await expect(failing).rejects.toMatchObject({
      protocol: 'NFS',
      procedure: 'LOOKUP',
      status: 2,
      statusName: 'NFS3ERR_NOENT',
    })
  })
})

describe('listDirectory', () => {
  it('follows the cookies to the end', async () => {
    const {opened, share, server} = await open()
    for (let count = 0; count < 50; count += 1) share.add(`file-${count}`, Buffer.alloc(0))
    const entries = await listDirectory(opened.nfs, opened.root)
    expect(entries.map(({name}) => name)).toEqual(['.', '..', ...Array.from({length: 50}, (_, n) => `file-${n}`)])
    expect(server.heard.filter(({name}) => name === 'NFS.READDIRPLUS')).toHaveLength(3)
  })

  it('ends when the directory is longer than allowed, or the server brings nothing new', async () => {
    const {opened, share} = await open()
    for (let count = 0; count < 50; count += 1) share.add(`file-${count}`, Buffer.alloc(0))
    await expect(listDirectory(opened.nfs, opened.root, {maxEntries: 30})).rejects.toThrow('more than 30 entries')
    const value = {dirAttributes: undefined, cookieVerifier: Buffer.alloc(8), entries: [], eof: false}
    const stuck = await open({'NFS.READDIRPLUS': () => answer(NFS3.readdirplus, {ok: true, value})})
    await expect(listDirectory(stuck.opened.nfs, stuck.opened.root)).rejects.toMatchObject({failure: 'garbage'})
  })
})

describe('openExport', () => {
  it('says so when a program is not registered, and dials nothing then', async () => {
    const {share, server, address} = await serveMemoryShare()
    cleanUps.push(() => server.close())
    share.ports.nfsd = 0
    const credential = {flavor: 'none'} as const
    const opening = openExport({...address, credential}, {portmapPort: server.port, timeoutMs: 5000})
    await expect(opening).rejects.toMatchObject({failure: 'not-registered'})
    expect(server.heard.map(({name}) => name)).toEqual(['PORTMAP.GETPORT', 'MOUNT.MNT', 'PORTMAP.GETPORT'])
  })

  it('unmounts on close, and closing never fails', async () => {
    const {opened, server} = await open()
    await opened.close()
    expect(server.heard.at(-1)?.name).toBe('MOUNT.UMNT')
    const gone = await open({'MOUNT.UMNT': () => 'reset'})
    await expect(gone.opened.close()).resolves.toBeUndefined()
  })
})
