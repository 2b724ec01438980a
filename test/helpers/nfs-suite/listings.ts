import {describe, expect, it} from '@jest/globals'
import {listDirectory} from '../../../src/nfs/client/list-directory.js'
import {VERIFIER_BYTES} from '../../../src/nfs/wire/nfs3-arguments.js'
import type {Entry, Listing} from '../../../src/nfs/wire/nfs3-results.js'
import type {SuiteBench} from './bench.js'

const FILES = 1000
const AT_ONCE = 25
const PAGE_BYTES = 4096

export function describeListings(bench: SuiteBench): void {
  describe('a folder of 1,000 files', () => {
    const names = Array.from({length: FILES}, (_, index) => `file ${index} mit etwas längerem Namen`)
    const fill = async (): Promise<void> => {
      const root = bench.root()
      const {handle} = bench.folder()
      for (let at = 0; at < FILES; at += AT_ONCE)
        await Promise.all(names.slice(at, at + AT_ONCE).map((name) => root.file(handle, name)))
    }
    const withoutDots = (listed: readonly string[]): string[] =>
      listed.filter((name) => name !== '.' && name !== '..').sort()
    /** Pages of READDIR; `between` runs after each of them. */
    const readdir = async (between: (page: Listing<Entry>) => Promise<void> = async () => {}): Promise<Entry[]> => {
      const entries: Entry[] = []
      let cookieVerifier: Buffer = Buffer.alloc(VERIFIER_BYTES)
      for (let cookie = 0n; ; cookie = entries.at(-1)?.cookie ?? 0n) {
        const args = {dir: bench.folder().handle, cookie, cookieVerifier, count: PAGE_BYTES}
        const page: Listing<Entry> = await bench.root().nfs.readdir(args)
        entries.push(...page.entries)
        cookieVerifier = page.cookieVerifier
        if (page.eof) return entries
        expect(page.entries.length).toBeGreaterThan(0)
        await between(page)
      }
    }

    it('is complete in READDIR and in READDIRPLUS, each entry once, with the handles that LOOKUP gives', async () => {
      await fill()
      const root = bench.root()
      const {handle} = bench.folder()
      const plain = await readdir()
      expect(withoutDots(plain.map(({name}) => name))).toEqual([...names].sort())
      const plus = await listDirectory(root.nfs, handle)
      expect(withoutDots(plus.map(({name}) => name))).toEqual([...names].sort())
      const fileids = new Map(plain.map(({name, fileid}) => [name, fileid]))
      for (const entry of plus) {
        expect(entry.handle).toBeDefined()
        expect(entry.attributes?.fileid).toBe(entry.fileid)
        if (entry.name !== '..') expect(fileids.get(entry.name)).toBe(entry.fileid)
      }
      for (const name of names.filter((_, index) => index % 100 === 0))
        expect(plus.find((entry) => entry.name === name)?.handle).toEqual(await root.find(handle, name))
      expect(await bench.shell('ls | wc -l')).toBe(`${FILES}\n`)
    })

    it('is emptied while it is listed, with no entry left behind: VIC deletes a volume that way', async () => {
      await fill()
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const gone = new Set<string>()
      const removeListed = async (page: Listing<Entry>): Promise<void> => {
        for (const {name} of page.entries) {
          if (name === '.' || name === '..') continue
          await root.nfs.remove({dir, name})
          gone.add(name)
        }
      }
      const listed = await readdir(removeListed)
      expect(withoutDots(listed.map(({name}) => name))).toEqual([...names].sort())
      for (const name of names) if (!gone.has(name)) await root.nfs.remove({dir, name})
      expect(await bench.shell('ls -A')).toBe('')
    })
  })

  describe('a folder that grows while it is listed', () => {
    it('shows every entry that was there all the time, once', async () => {
      const root = bench.root()
      const {handle: dir} = bench.folder()
      const old = Array.from({length: 100}, (_, index) => `old ${index}`)
      for (const name of old) await root.file(dir, name)
      let added = 0
      const seen: string[] = []
      let cookieVerifier: Buffer = Buffer.alloc(VERIFIER_BYTES)
      for (let cookie = 0n; ; added++) {
        const page = await root.nfs.readdir({dir, cookie, cookieVerifier, count: 512})
        seen.push(...page.entries.map(({name}) => name))
        if (page.eof) break
        cookie = page.entries.at(-1)?.cookie ?? 0n
        cookieVerifier = page.cookieVerifier
        await root.file(dir, `new ${added}`)
      }
      expect(added).toBeGreaterThan(2)
      expect(seen.filter((name) => name.startsWith('old')).sort()).toEqual([...old].sort())
      expect(new Set(seen).size).toBe(seen.length)
    })
  })
}
