import {describe, expect, it} from '@jest/globals'
import {compareTrees} from '../../../src/nfs/copy/compare-trees.js'
import {copyTree} from '../../../src/nfs/copy/copy-tree.js'
import {digestTree} from '../../../src/nfs/copy/tree-digest.js'
import {textOf} from '../../../src/nfs/wire/byte-text.js'
import {KEEP_ATTRIBUTES} from '../../../src/nfs/wire/nfs3-attributes.js'
import type {SuiteBench} from './bench.js'

/** In Latin-1, as files come from old machines. */
const LATIN = textOf(Buffer.from('caf\xe9', 'latin1'))
const BEYOND_BYTES = 3_000_000n

/** One of everything that a volume may hold. */
async function furnish(bench: SuiteBench, dir: Buffer): Promise<void> {
  const root = bench.root()
  const {nfs} = root
  const attributes = KEEP_ATTRIBUTES
  const first = await root.file(dir, 'one')
  await root.put(first, 'two names')
  const deep = await root.folder(await root.folder(dir, LATIN), 'two\nlines')
  await nfs.link({handle: first, dir: deep, name: 'other'})
  await nfs.symlink({dir, name: 'link', attributes, target: `/gone/${LATIN}`})
  await nfs.mknod({dir, name: 'pipe', node: {type: 'fifo', attributes: {...attributes, mode: 0o640}}})
  if (bench.differences.makesDevices) {
    const device = {type: 'character', attributes, rdevMajor: 1, rdevMinor: 3} as const
    await nfs.mknod({dir, name: 'null', node: device})
  }
  const sparse = await root.file(deep, 'sparse')
  await root.put(sparse, 'end', {offset: BEYOND_BYTES})
  await root.set(sparse, {mtime: {seconds: 1, nanoseconds: 123_456_789}})
  const suid = await root.file(dir, 'suid')
  await root.set(suid, {uid: 1234, gid: 4321})
  await root.set(suid, {mode: 0o4711})
  await root.set(await root.folder(dir, 'sticky'), {mode: 0o1777, mtime: {seconds: 1_000_000_000, nanoseconds: 0}})
  await root.set(await root.file(dir, 'closed'), {mode: 0})
}

export function describeCopies(bench: SuiteBench): void {
  describe('copies', () => {
    it('are like what they were made of, whatever that is, and follow it', async () => {
      const root = bench.root()
      const {nfs} = root
      const {handle: dir} = bench.folder()
      const [from, to] = [
        {nfs, root: await root.folder(dir, 'from')},
        {nfs, root: await root.folder(dir, 'to')},
      ]
      await furnish(bench, from.root)
      await copyTree(from, to)
      const {differences, digest} = await compareTrees(from, to, {limit: 10})
      expect(differences).toEqual([])
      expect(await digestTree(from, {})).toBe(digest)
      const {used} = await root.look(await root.find(to.root, LATIN, 'two\nlines', 'sparse'))
      expect(used).toBeLessThan(BEYOND_BYTES)
      expect(await copyTree(from, to)).toMatchObject({bytes: 0, setAside: 0})
      await nfs.remove({dir: from.root, name: 'link'})
      await nfs.symlink({dir: from.root, name: 'link', attributes: KEEP_ATTRIBUTES, target: 'elsewhere'})
      await nfs.remove({dir: from.root, name: 'one'})
      await root.put(await root.file(from.root, 'one'), 'its own')
      expect(await digestTree(from, {})).not.toBe(digest)
      expect(await copyTree(from, to)).toMatchObject({setAside: 2})
      expect((await compareTrees(from, to, {limit: 10})).differences).toEqual([])
    })
  })
}
