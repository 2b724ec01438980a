import {describe, expect, it} from '@jest/globals'

import {shareUrl} from '../../src/model/share.js'
import {runFiles} from '../../src/sandbox/share-check/files.js'
import {readFileLog} from '../../src/services/share-check/read-file-log.js'
import {serveMemoryShare, type ServedShare} from '../helpers/serve-memory-share.js'
import {PERL_BASE_ONLY, runShareCheck, whyNoPerl} from '../helpers/share-check.js'

const RECORD = Buffer.from('{"schemaVersion":1}\n')
const HEX = RECORD.toString('hex')
const FOLDER = '.vicnfs'
const FILE = '.vicnfs/consumer.json'

interface Run {
  readonly exitCode: number
  readonly log: string
}

type Program = (served: ServedShare, words: readonly string[]) => Promise<Run>

const inPerl: Program = async ({server, address}, words) => {
  const run = ['--files', shareUrl(address), ...words]
  const {exitCode, stdout, stderr} = await runShareCheck(run, {portmapPort: server.port, perl: PERL_BASE_ONLY})
  return {exitCode, log: `${stdout}${stderr}`}
}

const inSandbox: Program = async ({server, address}, words) => {
  const lines: string[] = []
  const own = {address: '127.0.0.1', exportPath: '/exports'}
  const settings = {portmapPort: server.port, sourceAddress: '127.0.0.1', own}
  const options = {words, timeoutMs: 5000, say: (line: string) => lines.push(line)}
  const passed = await runFiles(address, settings, options)
  return {exitCode: passed ? 0 : 5, log: lines.join('\n')}
}

const perl = whyNoPerl()
const programs: [string, Program][] = [
  ['the sandbox', inSandbox],
  ...(perl === undefined ? [['the image', inPerl] as [string, Program]] : []),
]

/** Runs operations on a share of its own; `arrange` puts something on it first. */
async function onShare<T>(body: (served: ServedShare) => Promise<T>, script = {}): Promise<T> {
  const served = await serveMemoryShare(script)
  try {
    return await body(served)
  } finally {
    await served.server.close()
  }
}

describe.each(programs)('share-check --files of %s', (_who, program) => {
  const results = async (served: ServedShare, ...words: string[]) => {
    const {exitCode, log} = await program(served, words)
    const wanted = words.filter((word) => ['list', 'read', 'write', 'mkdir', 'rm', 'rmdir'].includes(word)).length
    return {exitCode, results: readFileLog(log, {exitCode, wanted})}
  }

  it('writes a record as a whole, reads it back, and takes it away again', () =>
    onShare(async (served) => {
      expect(await results(served, 'mkdir', FOLDER, 'mkdir', FOLDER, 'write', FILE, HEX)).toMatchObject({exitCode: 0})
      expect(served.share.find(`/${FILE}`)?.data).toEqual(RECORD)
      const read = await results(served, 'read', FILE, 'list', '', 'list', FOLDER)
      expect(read.results.map(({content, entries}) => content ?? entries?.map(({name}) => name))).toEqual([
        RECORD,
        expect.arrayContaining([FOLDER]),
        ['consumer.json'],
      ])
      expect(await results(served, 'rm', FILE, 'rmdir', FOLDER, 'rm', 'none')).toMatchObject({exitCode: 0})
      expect(served.share.find(`/${FOLDER}`)).toBeUndefined()
    }))

  it('tells what is missing from what may not be seen', () =>
    onShare(async (served) => {
      served.share.add('/volumes_metadata', 'directory')
      served.share.add('/volumes_metadata/größe\n', 'directory')
      const seen = await results(
        served,
        'read',
        FILE,
        'list',
        'volumes_metadata',
        'list',
        'none',
        'rmdir',
        'volumes_metadata',
      )
      expect(seen.exitCode).toBe(5)
      expect(seen.results.slice(0, 3)).toMatchObject([
        {found: false},
        {entries: [{name: 'größe\n', isDirectory: true, owner: expect.anything()}]},
        {found: false},
      ])
      expect(seen.results[3]).toMatchObject({status: 'NFS3ERR_NOTEMPTY', failed: expect.stringContaining('RMDIR')})
    }))

  it('is an error where the share cannot be opened, or nothing is said', async () => {
    const closed = onShare(async (served) =>
      results({...served, address: {...served.address, path: '/none'}}, 'list', ''),
    )
    await expect(closed).rejects.toMatchObject({
      code: 'VN-NFS-SHARE-OPEN',
      reason: expect.stringContaining('MNT3ERR_ACCES'),
    })
    expect(() => readFileLog('share-check: error: interrupted\n', {exitCode: 130, wanted: 1})).toThrow(
      expect.objectContaining({code: 'VN-CHECK-NO-RESULT', reason: expect.stringContaining('interrupted')}),
    )
  })

  it('leaves nothing of a file that could not be written', () =>
    onShare(
      async (served) => {
        const {results: failed} = await results(served, 'mkdir', FOLDER, 'write', FILE, HEX)
        expect(failed[1]?.failed).toBeDefined()
        expect([...(served.share.find(`/${FOLDER}`)?.children.keys() ?? [])]).toEqual([])
      },
      {'NFS.RENAME': () => Buffer.from('0000001c00000000000000000000000000000000', 'hex')},
    ))
})

describe('the words of share-check --files', () => {
  const words = [[], ['list'], ['list', '/etc'], ['read', '../x'], ['erase', 'x'], ['write', 'a', 'xyz']]
  const check = perl === undefined ? it.each(words.map((each) => [each])) : it.skip.each(words.map((each) => [each]))

  check('%j are refused', async (wrong) => {
    const run = ['--files', 'nfs://127.0.0.1/x?uid=0&gid=0', ...wrong]
    expect(await runShareCheck(run, {portmapPort: 1})).toMatchObject({exitCode: 2, stdout: ''})
  })
})
