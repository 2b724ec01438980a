import {rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {transferShare} from '../../../../src/nfs/copy/transfer-share.js'
import {openSession, removeBase, type ExportSession} from '../../sandbox/nfs-server/export-session.js'

/** Two servers with one port mapper each cannot be told apart by a port of the caller's: each has an address of its own. */
const [FROM, TO] = ['127.0.0.1', '127.0.0.2']

let source: ExportSession
let target: ExportSession

const open = async (target_: {capacityBytes?: number; exportOptions?: string}): Promise<void> => {
  source = await openSession({address: FROM})
  target = await openSession({address: TO, portmapPort: source.server.ports.portmap, ...target_})
  writeFileSync(path.join(source.root, 'data'), Buffer.alloc(300_000, 'vic'))
}
const transfer = (onProgress?: (text: string) => void) => {
  const {portmap: portmapPort} = source.server.ports
  const place = ({settings}: ExportSession) => ({host: settings.address, path: settings.exportPath, uid: 0, gid: 0})
  return transferShare(place(source), place(target), {portmapPort, onProgress})
}

beforeEach(() => open({}))
afterEach(async () => {
  for (const session of [source, target]) {
    await session.close()
    removeBase(session)
  }
})

async function again(settings: {capacityBytes?: number; exportOptions?: string}): Promise<void> {
  for (const session of [source, target]) {
    await session.close()
    removeBase(session)
  }
  await open(settings)
}

describe('transferShare', () => {
  it('copies and compares, and goes through when done again', async () => {
    expect(await transfer()).toMatchObject({entries: 1, bytes: 300_000, unchanged: 0})
    expect(await transfer()).toMatchObject({entries: 1, bytes: 0, unchanged: 1})
  })

  it('mixes nothing', async () => {
    writeFileSync(path.join(target.root, 'theirs'), '')
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-TARGET', reason: expect.stringContaining('theirs')})
    rmSync(path.join(target.root, 'theirs'))
    await transfer()
  })

  it('does not begin what has no room', async () => {
    await again({capacityBytes: 100_000})
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-TOO-SMALL'})
    await again({capacityBytes: 100_000_000_000_000})
    await transfer()
  })

  it('tells when the share was written to meanwhile', async () => {
    const write = (text: string): void => {
      if (text.startsWith('comparing')) writeFileSync(path.join(source.root, 'data'), 'changed')
    }
    await expect(transfer(write)).rejects.toMatchObject({
      code: 'VN-MOVE-DIFFERS',
      reason: expect.stringMatching(/^data: /),
    })
    expect(await transfer()).toMatchObject({bytes: 7})
  })

  it('tells which share could not be written', async () => {
    await again({exportOptions: '*(ro,insecure,no_root_squash)'})
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-FAILED', reason: expect.stringContaining('ROFS')})
  })
})
