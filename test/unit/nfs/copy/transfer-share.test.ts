import {mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {unmarkCopy} from '../../../../src/nfs/copy/move-folder.js'
import {transferShare} from '../../../../src/nfs/copy/transfer-share.js'
import {openShare} from '../../../../src/nfs/share-access.js'
import {openSession, removeBase, type ExportSession} from '../../sandbox/nfs-server/export-session.js'

/** Two servers with one port mapper each cannot be told apart by a port of the caller's: each has an address of its own. */
const [FROM, TO] = ['127.0.0.1', '127.0.0.2']

let source: ExportSession
let target: ExportSession

interface Settings {
  readonly capacityBytes?: number
  readonly exportOptions?: string
}

const open = async (target_: Settings): Promise<void> => {
  source = await openSession({address: FROM})
  target = await openSession({address: TO, portmapPort: source.server.ports.portmap, ...target_})
  writeFileSync(path.join(source.root, 'data'), Buffer.alloc(300_000, 'vic'))
}
const place = ({settings}: ExportSession) => ({host: settings.address, path: settings.exportPath, uid: 0, gid: 0})
const transfer = (onProgress?: (text: string) => void) => {
  const {portmap: portmapPort} = source.server.ports
  return transferShare(place(source), place(target), {portmapPort, onProgress})
}

beforeEach(() => open({}))
afterEach(async () => {
  for (const session of [source, target]) {
    await session.close()
    removeBase(session)
  }
})

async function again(settings: Settings): Promise<void> {
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

  it('mixes nothing, and writes over nothing of the same name', async () => {
    for (const name of ['theirs', 'data']) {
      writeFileSync(path.join(target.root, name), 'not ours')
      await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-TARGET', reason: expect.stringContaining(name)})
      expect(readFileSync(path.join(target.root, name), 'utf8')).toBe('not ours')
      expect(readdirSync(target.root)).toEqual([name])
      rmSync(path.join(target.root, name))
    }
    mkdirSync(path.join(target.root, 'lost+found'))
    await transfer()
  })

  it('writes over no file that somebody has put onto the begun copy, or changed on it', async () => {
    await transfer()
    const inSource = (name: string): string => path.join(source.root, name)
    const byHand = async (name: string): Promise<void> => {
      const file = path.join(target.root, name)
      await expect(transfer()).rejects.toMatchObject({
        code: 'VN-MOVE-TARGET',
        message: expect.stringContaining(`"/${name}"`),
      })
      expect(readFileSync(file, 'utf8')).toBe('by hand')
      rmSync(file)
      await transfer()
      expect(readFileSync(file)).toEqual(readFileSync(inSource(name)))
    }
    writeFileSync(inSource('more'), 'more')
    writeFileSync(path.join(target.root, 'more'), 'by hand')
    await byHand('more')
    writeFileSync(path.join(target.root, 'data'), 'by hand')
    await byHand('data')
    writeFileSync(path.join(target.root, 'more'), 'by hand')
    writeFileSync(inSource('more'), 'changed since')
    await byHand('more')
    // As `cp -p` leaves it: of an earlier time than it was written at.
    writeFileSync(path.join(target.root, 'data'), 'by hand')
    utimesSync(path.join(target.root, 'data'), 1_000_000_000, 1_000_000_000)
    await byHand('data')
  })

  it('takes no begun copy of another share for its own', async () => {
    await transfer()
    const mark = path.join(target.root, '.vicnfs-move/copy-of.json')
    writeFileSync(mark, readFileSync(mark, 'utf8').replace('/home/nfs', '/home/other'))
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-TARGET'})
  })

  it('goes on after somebody has gone on with the share', async () => {
    await transfer()
    rmSync(path.join(source.root, 'data'))
    writeFileSync(path.join(source.root, 'more'), 'more')
    expect(await transfer()).toMatchObject({entries: 1, bytes: 4, setAside: 1})
    const opened = await openShare({...place(target), uid: 0, gid: 0}, {portmapPort: source.server.ports.portmap})
    expect(await unmarkCopy(opened)).toEqual([expect.stringMatching(/^aside-/)])
    await opened.close()
    expect(readdirSync(path.join(target.root, '.vicnfs-move'))).toHaveLength(1)
  })

  it('copies again what holds something else under the same time', async () => {
    const [data, copied] = [source, target].map(({root}) => path.join(root, 'data')) as [string, string]
    utimesSync(data, 1_000_000_000, 1_000_000_000)
    await transfer()
    writeFileSync(copied, Buffer.alloc(300_000, 'VIC'))
    utimesSync(copied, 1_000_000_000, 1_000_000_000)
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-DIFFERS'})
    expect(await transfer()).toMatchObject({bytes: 300_000})
    expect(readFileSync(copied)).toEqual(readFileSync(data))
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
      reason: expect.stringMatching(/^\/data: /),
    })
    expect(await transfer()).toMatchObject({bytes: 7})
  })

  it('takes what was written to before it was read for its own, and brings it again', async () => {
    for (const name of ['k', 'l', 'm', 'z']) writeFileSync(path.join(source.root, name), name)
    let isWritten = false
    // Four files are copied at once: the last one is listed by then, and not read yet.
    const write = (): void => {
      if (!isWritten) writeFileSync(path.join(source.root, 'z'), 'changed')
      isWritten = true
    }
    const onProgress = (text: string): void => void (text.endsWith('MB copied') && write())
    await expect(transfer(onProgress)).rejects.toMatchObject({code: 'VN-MOVE-DIFFERS'})
    expect(await transfer()).toMatchObject({bytes: 7})
  })

  it('tells which share could not be written', async () => {
    await again({exportOptions: '*(ro,insecure,no_root_squash)'})
    await expect(transfer()).rejects.toMatchObject({code: 'VN-MOVE-FAILED', reason: expect.stringContaining('ROFS')})
  })
})
