import {linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {copyTree} from '../../../../src/nfs/copy/copy-tree.js'
import {digestTree} from '../../../../src/nfs/copy/tree-digest.js'
import {compareTrees} from '../../../../src/nfs/copy/compare-trees.js'
import {KEEP_ATTRIBUTES, type SetAttributes} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {openCopyWorld, type CopyWorld} from './copy-world.js'

let world: CopyWorld

async function set(
  tree: {nfs: CopyWorld['from']['nfs']; root: Buffer},
  name: string,
  changes: Partial<SetAttributes>,
): Promise<void> {
  let handle = tree.root
  for (const part of name.split('/')) handle = (await tree.nfs.lookup({dir: handle, name: part})).handle
  await tree.nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, ...changes}, guardCtime: undefined})
}

beforeEach(async () => {
  world = await openCopyWorld()
  const {at, from} = world
  mkdirSync(at('volumes/data/deep'), {recursive: true})
  mkdirSync(at('.vicnfs'))
  writeFileSync(at('.vicnfs/consumer.json'), '{}')
  writeFileSync(at('volumes/data/empty'), '')
  writeFileSync(at('volumes/data/large'), Buffer.alloc(200_001, 'vic'))
  writeFileSync(at('volumes/data/deep/one'), 'two names')
  linkSync(at('volumes/data/deep/one'), at('volumes/data/two'))
  symlinkSync('../data/large', at('volumes/data/pointer'))
  utimesSync(at('volumes/data/large'), 1_000_000_000, 1_000_000_000)
  mkdirSync(at('lost+found'))
  await set(from, 'volumes', {uid: 1234, gid: 4321, mode: 0o2750})
})
afterEach(() => world.close())

describe('copyTree', () => {
  it('brings names, content, links, owners, permissions and times of change', async () => {
    const {from, to, copied} = world
    const counts = await copyTree(from, to)
    expect(counts).toMatchObject({entries: 10, unchanged: 0, setAside: 0})
    expect(await world.differences()).toEqual([])
    expect(readFileSync(copied('volumes/data/large'))).toEqual(Buffer.alloc(200_001, 'vic'))
    expect(statSync(copied('volumes/data/large')).mtimeMs).toBe(1_000_000_000_000)
    expect(statSync(copied('volumes/data/two')).ino).toBe(statSync(copied('volumes/data/deep/one')).ino)
    const {handle} = await to.nfs.lookup({dir: to.root, name: 'volumes'})
    const {attributes} = await to.nfs.getattr({handle})
    expect(attributes).toMatchObject({uid: 1234, gid: 4321})
    expect(attributes.mode & 0o7777).toBe(0o2750)
  })

  it('sends nothing again that an earlier copy has brought', async () => {
    const {from, to, at} = world
    await copyTree(from, to)
    const again = await copyTree(from, to)
    expect(again).toMatchObject({bytes: 0, unchanged: 6, setAside: 0})
    writeFileSync(at('volumes/data/empty'), 'not any more')
    expect(await copyTree(from, to)).toMatchObject({bytes: 12, unchanged: 5})
    expect(await world.differences()).toEqual([])
  })

  it('goes on where it was cut off', async () => {
    const {from, to} = world
    const cut = new AbortController()
    const onProgress = ({bytes}: {readonly bytes: number}): void => {
      if (bytes > 100_000) cut.abort(new Error('cut off'))
    }
    await expect(copyTree(from, to, {signal: cut.signal, onProgress})).rejects.toThrow('cut off')
    expect(await world.differences()).not.toEqual([])
    await copyTree(from, to)
    expect(await world.differences()).toEqual([])
  })

  /** Each leaves an earlier copy behind that cannot just be added to. */
  const changes: Record<string, (at: CopyWorld['at']) => void> = {
    'a link that leads elsewhere': (at) => {
      rmSync(at('volumes/data/pointer'))
      symlinkSync('release-2', at('volumes/data/pointer'))
    },
    'a second name that became a file of its own': (at) => {
      rmSync(at('volumes/data/two'))
      writeFileSync(at('volumes/data/two'), 'its own')
    },
    'two files that became one': (at) => {
      rmSync(at('volumes/data/empty'))
      linkSync(at('volumes/data/large'), at('volumes/data/empty'))
    },
    'a file that became a folder': (at) => {
      rmSync(at('volumes/data/empty'))
      mkdirSync(at('volumes/data/empty'))
    },
    'a folder that became a file': (at) => {
      rmSync(at('volumes/data/deep'), {recursive: true})
      writeFileSync(at('volumes/data/deep'), 'flat')
    },
    'something that was deleted': (at) => rmSync(at('volumes/data/deep'), {recursive: true}),
  }

  it.each(Object.keys(changes))('follows %s, and deletes nothing', async (what) => {
    const {from, to, at, copied} = world
    await copyTree(from, to)
    changes[what]?.(at)
    const {setAside} = await copyTree(from, to)
    expect(await world.differences()).toEqual([])
    expect(setAside).toBeGreaterThan(0)
    const kept = await to.nfs.lookup({dir: to.root, name: '.vicnfs-move'})
    expect((await to.nfs.getattr(kept)).attributes.mode & 0o7777).toBe(0o700)
    expect(statSync(copied('.vicnfs-move')).isDirectory()).toBe(true)
    expect(await copyTree(from, to)).toMatchObject({bytes: 0, setAside: 0})
  })

  it('brings what fsck has found', async () => {
    const {from, to, at, copied} = world
    mkdirSync(copied('lost+found'))
    writeFileSync(at('lost+found/#12'), 'found')
    await copyTree(from, to)
    expect(await world.differences()).toEqual([])
    expect(readFileSync(copied('lost+found/#12'), 'utf8')).toBe('found')
  })
})

describe('compareTrees', () => {
  const spoilt: Record<string, (copied: CopyWorld['copied'], to: CopyWorld['to']) => void | Promise<void>> = {
    'volumes/data/large: a file that holds something else': (copied) => {
      writeFileSync(copied('volumes/data/large'), Buffer.alloc(200_001, 'VIC'))
      utimesSync(copied('volumes/data/large'), 1_000_000_000, 1_000_000_000)
    },
    'volumes/data/large: of 3 bytes, not 200001': (copied) => writeFileSync(copied('volumes/data/large'), 'vic'),
    'volumes/data/large: changed at another time': (copied) => utimesSync(copied('volumes/data/large'), 1, 1),
    'volumes/data/empty: missing in the copy': (copied) => rmSync(copied('volumes/data/empty')),
    'volumes/more: only in the copy': (copied) => writeFileSync(copied('volumes/more'), ''),
    'volumes/data/deep: changed at another time': (copied) => utimesSync(copied('volumes/data/deep'), 1, 1),
    'volumes/data/pointer: a link to something else': (copied) => {
      rmSync(copied('volumes/data/pointer'))
      symlinkSync('elsewhere', copied('volumes/data/pointer'))
    },
    'volumes/data/two: not the same file as its other names': (copied) => {
      const [one, two] = [copied('volumes/data/deep/one'), copied('volumes/data/two')]
      const {atime, mtime} = statSync(one)
      rmSync(two)
      writeFileSync(two, readFileSync(one))
      utimesSync(two, atime, mtime)
    },
    'volumes: of mode 750, not 2750': (_copied, to) => set(to, 'volumes', {mode: 0o750}),
    ': owned by 7:0, not 0:0': async (_copied, {nfs, root: handle}) => {
      await nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, uid: 7}, guardCtime: undefined})
    },
  }

  it.each(Object.keys(spoilt))('finds %s', async (expected) => {
    const {from, to} = world
    for (const {nfs, root: handle} of [from, to])
      await nfs.setattr({handle, attributes: {...KEEP_ATTRIBUTES, uid: 0, gid: 0}, guardCtime: undefined})
    await copyTree(from, to)
    await spoilt[expected]?.(world.copied, to)
    if (expected.includes('other names')) await set(to, 'volumes/data/two', {uid: 0, gid: 0, mode: 0o644})
    expect(await world.differences()).toContain(expected)
  })
})

describe('digestTree', () => {
  it('is that of the comparison until somebody changes something, were it for a moment', async () => {
    const {from, to, at} = world
    await copyTree(from, to)
    const {digest} = await compareTrees(from, to, {limit: 1})
    expect(await digestTree(from, {})).toBe(digest)
    const {atime, mtime} = statSync(at('volumes/data/large'))
    writeFileSync(at('volumes/data/large'), Buffer.alloc(200_001, 'VIC'))
    utimesSync(at('volumes/data/large'), atime, mtime)
    expect(await digestTree(from, {})).not.toBe(digest)
  })
})
