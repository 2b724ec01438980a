import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {mkdirSync, statfsSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {openSession, removeBase, type ExportSession} from './export-session.js'

const CAPACITY = 50_000_000
let nfs: ExportSession
afterEach(async () => {
  await nfs.close()
  removeBase(nfs)
})

const space = () => nfs.run('fsstat', {handle: nfs.rootHandle})

describe('the space of a volume whose disk has a size', () => {
  beforeEach(async () => {
    nfs = await openSession({capacityBytes: CAPACITY})
  })

  it('is that of the disk, less what the files on it take', async () => {
    const empty = await space()
    expect(empty).toMatchObject({totalBytes: BigInt(CAPACITY), freeBytes: BigInt(CAPACITY)})
    mkdirSync(path.join(nfs.root, 'folder'))
    writeFileSync(path.join(nfs.root, 'folder', 'file'), Buffer.alloc(3_000_000, 1))
    const {freeBytes, availableBytes} = await space()
    const taken = Number(empty.freeBytes - freeBytes)
    expect(taken).toBeGreaterThanOrEqual(3_000_000)
    expect(taken).toBeLessThan(3_200_000)
    expect(availableBytes).toBe(freeBytes)
  })

  it('is none when more is on it than it holds', async () => {
    writeFileSync(path.join(nfs.root, 'file'), Buffer.alloc(CAPACITY + 1_000_000, 1))
    expect(await space()).toMatchObject({totalBytes: BigInt(CAPACITY), freeBytes: 0n, availableBytes: 0n})
  })
})

describe('the space of a folder that is no disk', () => {
  it('is that of this machine', async () => {
    nfs = await openSession({})
    const {blocks, bsize} = statfsSync(nfs.root, {bigint: true})
    expect((await space()).totalBytes).toBe(blocks * bsize)
  })
})
