import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {encode} from '../../../../src/nfs/wire/codec.js'
import {NFS3} from '../../../../src/nfs/wire/nfs3.js'
import type {EntryPlus} from '../../../../src/nfs/wire/nfs3-results.js'
import {inCookieOrder} from '../../../../src/sandbox/nfs-server/listing-cache.js'
import {caller, openSession, removeBase, type ExportSession} from './export-session.js'

const cookieVerifier = Buffer.alloc(8)

describe('READDIR and READDIRPLUS', () => {
  let nfs: ExportSession
  beforeEach(async () => {
    nfs = await openSession()
  })
  afterEach(async () => {
    await nfs.close()
    removeBase(nfs)
  })

  const page = (cookie: bigint, dirCount = 512, maxCount = 4096) =>
    nfs.run('readdirplus', {dir: nfs.rootHandle, cookie, cookieVerifier, dirCount, maxCount})
  const readAll = async (between: (page: number) => void = () => {}): Promise<EntryPlus[]> => {
    const entries: EntryPlus[] = []
    for (let cookie = 0n, count = 0; ; count++) {
      const value = await page(cookie)
      const bytes = Buffer.concat(encode(NFS3.readdirplus.result, {ok: true, value})).length - 4
      expect(bytes).toBeLessThanOrEqual(4096)
      entries.push(...value.entries)
      if (value.eof) return entries
      cookie = entries.at(-1)?.cookie ?? 0n
      between(count)
    }
  }
  const fill = (count: number): string[] => {
    const names = Array.from({length: count}, (_, index) => `entry-${index}`)
    for (const name of names) writeFileSync(path.join(nfs.root, name), '')
    return names
  }

  it('lists every entry once, page by page as VIC asks, with attributes and handles', async () => {
    const names = fill(150)
    mkdirSync(path.join(nfs.root, '.vicnfs'))
    const entries = await readAll()
    expect(entries.map(({name}) => name).sort()).toEqual([...names, '.vicnfs', '.', '..'].sort())
    for (const {name, attributes, handle, fileid} of entries) {
      expect(attributes?.fileid).toBe(fileid)
      if (name !== '..' && name !== '.')
        expect((await nfs.run('lookup', {dir: nfs.rootHandle, name})).handle).toEqual(handle)
    }
  })

  it('neither repeats nor skips the others while entries come and go', async () => {
    const names = fill(200)
    const entries = await readAll((count) => {
      writeFileSync(path.join(nfs.root, `new-${count}`), '')
      rmSync(path.join(nfs.root, `entry-${count}`))
    })
    const seen = entries.map(({name}) => name)
    expect(new Set(seen).size).toBe(seen.length)
    expect(names.slice(60).filter((name) => !seen.includes(name))).toEqual([])
  })

  it('goes on after a restart with the cookie of before', async () => {
    fill(60)
    const first = await page(0n)
    const all = await readAll()
    await nfs.close()
    nfs = await openSession({base: path.dirname(nfs.root)})
    const next = await page(first.entries.at(-1)?.cookie ?? 0n)
    expect(next.entries[0]?.name).toBe(all[first.entries.length]?.name)
  })

  it('says when not even one entry fits, and obeys dircount only beyond the first', async () => {
    fill(3)
    const ask = {dir: nfs.rootHandle, cookie: 0n, cookieVerifier, dirCount: 512, maxCount: 200}
    expect(await nfs.status('readdirplus', ask)).toBe('NFS3ERR_TOOSMALL')
    expect((await nfs.run('readdirplus', {...ask, dirCount: 1, maxCount: 4096})).entries).toHaveLength(1)
  })

  it('lists without attributes too, and an empty rest as the end', async () => {
    const names = fill(40)
    const seen: string[] = []
    for (let cookie = 0n, eof = false; !eof;) {
      const value = await nfs.run('readdir', {dir: nfs.rootHandle, cookie, cookieVerifier, count: 400})
      expect(Buffer.concat(encode(NFS3.readdir.result, {ok: true, value})).length - 4).toBeLessThanOrEqual(400)
      seen.push(...value.entries.map(({name}) => name))
      cookie = value.entries.at(-1)?.cookie ?? 0n
      eof = value.eof
    }
    expect(seen.sort()).toEqual([...names, '.', '..'].sort())
    const rest = await page((1n << 64n) - 1n)
    expect([rest.entries, rest.eof]).toEqual([[], true])
  })

  it('needs the right to read the directory, and a directory', async () => {
    const attributes = {
      mode: 0o311,
      uid: undefined,
      gid: undefined,
      size: undefined,
      atime: 'keep',
      mtime: 'keep',
    } as const
    await nfs.run('setattr', {handle: nfs.rootHandle, attributes, guardCtime: undefined})
    const ask = {dir: nfs.rootHandle, cookie: 0n, cookieVerifier, count: 4096}
    expect(await nfs.status('readdir', ask, caller(5))).toBe('NFS3ERR_ACCES')
    fill(1)
    const file = (await nfs.run('lookup', {dir: nfs.rootHandle, name: 'entry-0'})).handle
    expect(await nfs.status('readdir', {...ask, dir: file})).toBe('NFS3ERR_NOTDIR')
  })

  it('gives every name a cookie of its own', () => {
    const names = Array.from({length: 20_000}, (_, index) => `n${index}`)
    const cookies = inCookieOrder(names).map(({cookie}) => cookie)
    expect(new Set(cookies).size).toBe(names.length)
    expect(cookies.every((cookie, index) => index === 0 || cookie > (cookies[index - 1] ?? 0n))).toBe(true)
  })
})
