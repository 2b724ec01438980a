import {linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {openExport, type OpenExport} from '../../../../src/nfs/client/open-export.js'
import {compareTrees, foreignEntries} from '../../../../src/nfs/copy/compare-trees.js'
import {copyTree} from '../../../../src/nfs/copy/copy-tree.js'
import {KEEP_ATTRIBUTES} from '../../../../src/nfs/wire/nfs3-attributes.js'
import {openSession, removeBase, type ExportSession} from '../../sandbox/nfs-server/export-session.js'

const CREDENTIAL = {flavor: 'sys', machine: 'test', uid: 0, gid: 0, gids: []} as const

let source: ExportSession
let target: ExportSession
let from: OpenExport
let to: OpenExport

const mountOf = (session: ExportSession): Promise<OpenExport> =>
  openExport(
    {host: session.settings.address, path: session.settings.exportPath, credential: CREDENTIAL},
    {portmapPort: session.server.ports.portmap},
  )

beforeEach(async () => {
  source = await openSession()
  target = await openSession()
  const at = (name: string): string => path.join(source.root, name)
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
  from = await mountOf(source)
  to = await mountOf(target)
  const {handle: volumes} = await from.nfs.lookup({dir: from.root, name: 'volumes'})
  await from.nfs.setattr({
    handle: volumes,
    attributes: {...KEEP_ATTRIBUTES, uid: 1234, gid: 4321, mode: 0o2750},
    guardCtime: undefined,
  })
})

afterEach(async () => {
  await from.close()
  await to.close()
  for (const session of [source, target]) {
    await session.close()
    removeBase(session)
  }
})

describe('copyTree', () => {
  it('brings names, content, links, owners, permissions and times of change', async () => {
    const counts = await copyTree(from, to)
    expect(counts).toMatchObject({entries: 10, unchanged: 0})
    expect(await compareTrees(from, to, {limit: 10})).toEqual([])
    const at = (name: string): string => path.join(target.root, 'volumes/data', name)
    expect(readFileSync(at('large'))).toEqual(Buffer.alloc(200_001, 'vic'))
    expect(statSync(at('large')).mtimeMs).toBe(1_000_000_000_000)
    expect(statSync(at('two')).ino).toBe(statSync(at('deep/one')).ino)
    const {handle} = await to.nfs.lookup({dir: to.root, name: 'volumes'})
    const {attributes} = await to.nfs.getattr({handle})
    expect(attributes).toMatchObject({uid: 1234, gid: 4321})
    expect(attributes.mode & 0o7777).toBe(0o2750)
  })

  it('sends nothing again that an earlier copy has brought', async () => {
    await copyTree(from, to)
    const again = await copyTree(from, to)
    expect(again).toMatchObject({bytes: 0, unchanged: 6})
    writeFileSync(path.join(source.root, 'volumes/data/empty'), 'not any more')
    expect(await copyTree(from, to)).toMatchObject({bytes: 12, unchanged: 5})
    expect(await compareTrees(from, to, {limit: 10})).toEqual([])
  })

  it('goes on where it was cut off', async () => {
    const cut = new AbortController()
    const onProgress = ({bytes}: {readonly bytes: number}): void => {
      if (bytes > 100_000) cut.abort(new Error('cut off'))
    }
    await expect(copyTree(from, to, {signal: cut.signal, onProgress})).rejects.toThrow('cut off')
    expect(await compareTrees(from, to, {limit: 10})).not.toEqual([])
    await copyTree(from, to)
    expect(await compareTrees(from, to, {limit: 10})).toEqual([])
  })
})

describe('compareTrees', () => {
  const spoilt: Record<string, () => void> = {
    'volumes/data/large: a file that holds something else': () => {
      const file = path.join(target.root, 'volumes/data/large')
      writeFileSync(file, Buffer.alloc(200_001, 'VIC'))
      utimesSync(file, 1_000_000_000, 1_000_000_000)
    },
    'volumes/data/large: of 3 bytes, not 200001': () =>
      writeFileSync(path.join(target.root, 'volumes/data/large'), 'vic'),
    'volumes/data/empty: missing in the copy': () => rmSync(path.join(target.root, 'volumes/data/empty')),
    'volumes/more: only in the copy': () => writeFileSync(path.join(target.root, 'volumes/more'), ''),
    'volumes/data/pointer: a link to something else': () => {
      rmSync(path.join(target.root, 'volumes/data/pointer'))
      symlinkSync('elsewhere', path.join(target.root, 'volumes/data/pointer'))
    },
  }

  it.each(Object.keys(spoilt))('finds %s', async (expected) => {
    await copyTree(from, to)
    spoilt[expected]?.()
    const found = await compareTrees(from, to, {limit: 10})
    expect(found.map(({path: where, what}) => `${where}: ${what}`)).toContain(expected)
  })
})

describe('foreignEntries', () => {
  it('names what the source does not have, and nothing after a copy', async () => {
    expect(await foreignEntries(from, to, {limit: 5})).toEqual([])
    await copyTree(from, to)
    expect(await foreignEntries(from, to, {limit: 5})).toEqual([])
    mkdirSync(path.join(target.root, 'volumes/theirs'))
    writeFileSync(path.join(target.root, 'volumes/theirs/file'), '')
    rmSync(path.join(target.root, '.vicnfs'), {recursive: true})
    writeFileSync(path.join(target.root, '.vicnfs'), '')
    expect([...(await foreignEntries(from, to, {limit: 5}))].sort()).toEqual(['.vicnfs', 'volumes/theirs'])
  })
})
