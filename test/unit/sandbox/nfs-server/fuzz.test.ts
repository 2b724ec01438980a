import {readdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {encode} from '../../../../src/nfs/wire/codec.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import {markRecord} from '../../../../src/nfs/wire/record-mark.js'
import {MOUNT, NFS, decodeReply, encodeCall} from '../../../../src/nfs/wire/rpc-message.js'
import {ROOT, connect, openSession, removeBase, type ExportSession} from './export-session.js'

describe('a client that sends garbage', () => {
  let nfs: ExportSession
  beforeAll(async () => {
    nfs = await openSession()
    writeFileSync(path.join(nfs.root, 'file'), 'text')
  })
  afterAll(async () => {
    await nfs.close()
    removeBase(nfs)
  })

  const isServing = async (): Promise<boolean> =>
    (await nfs.status('getattr', {handle: nfs.rootHandle})) === 'NFS3_OK' && (await nfs.mount('/home/nfs')).ok

  it('loses its connection and nobody else does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({minLength: 1, maxLength: 300}), async (bytes) => {
        const bad = await connect(nfs.server.address, nfs.server.ports.nfsd)
        bad.socket.end(Buffer.from(bytes))
        bad.socket.resume()
        await new Promise((resolve) => bad.socket.once('close', resolve))
      }),
      {numRuns: 50},
    )
    expect(await isServing()).toBe(true)
  })

  it('is cut off at a record that is too long, and at a call that ends early', async () => {
    const [call = Buffer.alloc(0)] = encodeCall({xid: 1, ...MOUNT, procedure: 1, credential: ROOT, body: []})
    const records = [[Buffer.alloc(3)], [call.subarray(0, 30)]].map((record) => Buffer.concat(markRecord(record)))
    for (const bytes of [Buffer.from('7fffffff', 'hex'), ...records]) {
      const bad = await connect(nfs.server.address, nfs.server.ports.mountd)
      const closed = new Promise((resolve) => bad.socket.once('close', resolve))
      bad.socket.write(bytes)
      await closed
    }
    expect(await isServing()).toBe(true)
  })

  it('gets an answer to every call whose header is good, whatever follows', async () => {
    let xid = 5_000_000
    const program = fc.constantFrom(NFS, MOUNT)
    const body = fc.uint8Array({maxLength: 200})
    await fc.assert(
      fc.asyncProperty(
        program,
        fc.integer({min: 0, max: 22}),
        body,
        fc.boolean(),
        async (asked, procedure, bytes, isNamed) => {
          const prefix = isNamed ? encode(NFS3.getattr.arguments, {handle: nfs.rootHandle}) : []
          const connection = asked === NFS ? nfs.nfsd : nfs.mountd
          const call = {
            xid: ++xid,
            ...asked,
            procedure,
            credential: ROOT,
            body: [...prefix, Buffer.from(bytes)],
          }
          connection.send(encodeCall(call))
          const {status} = decodeReply(await connection.reply(xid))
          expect(['success', 'garbage-args', 'proc-unavail']).toContain(status)
        },
      ),
      {numRuns: 300},
    )
    expect(await isServing()).toBe(true)
    expect(readdirSync(path.dirname(nfs.root)).sort()).toEqual(['attributes', 'export'])
  })

  it('may send many calls at once, in pieces, beside other clients', async () => {
    const clients = await Promise.all(Array.from({length: 8}, () => connect(nfs.server.address, nfs.server.ports.nfsd)))
    const body = encode(NFS3.getattr.arguments, {handle: nfs.rootHandle})
    const replies = clients.flatMap((client) => {
      const xids = Array.from({length: 40}, (_, index) => index + 1)
      const bytes = Buffer.concat(
        xids.flatMap((xid) => markRecord(encodeCall({xid, ...NFS, procedure: 1, credential: ROOT, body}))),
      )
      for (let at = 0; at < bytes.length; at += 700) client.socket.write(bytes.subarray(at, at + 700))
      return xids.map(async (xid) => decodeReply(await client.reply(xid)).status)
    })
    expect(new Set(await Promise.all(replies))).toEqual(new Set(['success']))
    for (const client of clients) client.close()
  })
})
