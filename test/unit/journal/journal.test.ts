import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'
import {appendFile, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {NewJournalEntry} from '../../../src/journal/entry.js'
import {openJournal} from '../../../src/journal/journal.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

let parent: string
let directory: string

beforeEach(async () => {
  parent = await makeTempDirectory()
  directory = path.join(parent, 'state')
})

afterEach(() => rm(parent, {recursive: true, force: true}))

function intent(keys: string[], data: Record<string, unknown> = {}): NewJournalEntry {
  return {kind: 'intent', action: 'configure', vch: {keys}, data}
}

function result(of: string, keys: string[]): NewJournalEntry {
  return {kind: 'result', action: 'configure', of, vch: {keys}, data: {claim: 'completed'}}
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777
}

describe('openJournal', () => {
  it('creates nothing before the first append, then files for their owner only', async () => {
    const journal = openJournal(directory)
    expect(await journal.read()).toEqual({entries: [], problems: []})
    await expect(stat(directory)).rejects.toThrow('ENOENT')
    await journal.append(intent(['endpoint:a']))
    expect(await modeOf(directory)).toBe(0o700)
    expect(await modeOf(journal.file)).toBe(0o600)
  })

  it('keeps entries as appended, with time and id', async () => {
    const journal = openJournal(directory, {now: () => new Date('2026-03-01T10:20:30.400Z')})
    const id = await journal.append(intent(['endpoint:a'], {stores: ['nfs://10.0.0.9/a?uid=0&gid=0:a']}))
    const {entries} = await journal.read()
    expect(id).toMatch(/^20260301T102030400Z-[0-9a-f]{8}$/)
    expect(entries).toEqual([
      {
        schemaVersion: 1,
        id,
        at: '2026-03-01T10:20:30.400Z',
        kind: 'intent',
        action: 'configure',
        vch: {keys: ['endpoint:a']},
        data: {stores: ['nfs://10.0.0.9/a?uid=0&gid=0:a']},
      },
    ])
  })

  it('skips and reports a line torn at any byte, and the next append is not spoiled by it', async () => {
    const journal = openJournal(directory)
    await journal.append(intent(['endpoint:a']))
    const whole = (await readFile(journal.file)).length
    await journal.append(intent(['endpoint:b']))
    const end = (await readFile(journal.file)).length
    for (const length of [whole + 1, whole + 20, end - 2]) {
      await truncate(journal.file, length)
      expect((await journal.read()).problems).toEqual([{line: 2, reason: 'not a complete JSON document'}])
      const id = await journal.append(intent(['endpoint:c']))
      const {entries} = await journal.read()
      expect(entries.at(-1)?.id).toBe(id)
      expect(entries).toHaveLength(2)
      await truncate(journal.file, whole)
      await journal.append(intent(['endpoint:b', 'x'.repeat(end)]))
    }
  })

  it('reads on after foreign lines and says which they are', async () => {
    const journal = openJournal(directory)
    const first = await journal.append(intent(['endpoint:a']))
    await appendFile(journal.file, '[]\n{"schemaVersion":2}\n{"schemaVersion":1,"id":"x"}\n\n')
    const second = await journal.append(intent(['endpoint:a']))
    const {entries, problems} = await journal.read()
    expect(entries.map((entry) => entry.id)).toEqual([first, second])
    expect(problems).toEqual([
      {line: 2, reason: 'not an entry'},
      {line: 3, reason: 'schema version 2 is not known here'},
      {line: 4, reason: 'an entry that lacks a field'},
    ])
  })

  it('finds intents without a result, under any key that the journal links', async () => {
    const journal = openJournal(directory)
    const done = await journal.append(intent(['endpoint:a']))
    await journal.append(result(done, ['endpoint:a', 'vm:vc/vm-1']))
    const open = await journal.append(intent(['vm:vc/vm-1']))
    await journal.append(intent(['endpoint:other']))
    expect((await journal.openIntents(['endpoint:a'])).map((entry) => entry.id)).toEqual([open])
    expect((await journal.history(['vm:vc/vm-1'])).map((record) => record.intent.id)).toEqual([done, open])
    expect(await journal.history()).toHaveLength(3)
    expect((await journal.linkedKeys(['endpoint:a'])).sort()).toEqual(['endpoint:a', 'vm:vc/vm-1'])
  })

  it('does not take another VM that once had the same endpoint for the one asked about', async () => {
    const journal = openJournal(directory)
    await journal.append(intent(['endpoint:a', 'vm:vc/vm-1']))
    await journal.append(intent(['vm:vc/vm-1']))
    const own = await journal.append(intent(['endpoint:a', 'vm:10.0.0.5/vm-2']))
    const unnamed = await journal.append(intent(['endpoint:a']))
    const found = await journal.openIntents(['endpoint:a', 'vm:vc/vm-2'])
    expect(found.map((entry) => entry.id)).toEqual([own, unnamed])
  })

  it('refuses to write a secret in any spelling, and writes nothing then', async () => {
    const journal = openJournal(directory, {secrets: ['pa"ss w0rd!', 'sandbox']})
    for (const leak of [
      'x pa"ss w0rd! y',
      'https://u:pa%22ss%20w0rd!@vc',
      'vic-machine --password=sandbox',
      '//u:sandbox@vc',
    ]) {
      const data = {leak: leak.startsWith('//') ? `https:${leak}` : leak}
      await expect(journal.append(intent(['endpoint:a'], data))).rejects.toMatchObject({code: 'VN-JOURNAL-SECRET'})
    }
    expect((await journal.read()).entries).toEqual([])
    // A short word is no secret where no credential stands.
    await journal.append(intent(['endpoint:unix:///run/vicnfs/sandbox.sock'], {name: 'sandbox'}))
    expect((await journal.read()).entries).toHaveLength(1)
  })

  it('says so when it cannot be written or read', async () => {
    const file = path.join(parent, 'file')
    await writeFile(file, '')
    const inFile = openJournal(path.join(file, 'state'))
    await expect(inFile.append(intent(['endpoint:a']))).rejects.toMatchObject({
      code: 'VN-JOURNAL-UNWRITABLE',
      message: expect.stringContaining('nothing was changed'),
    })
    // A result comes after its change.
    const late = inFile.append(result('x', ['endpoint:a']))
    await expect(late).rejects.toMatchObject({code: 'VN-JOURNAL-UNWRITABLE'})
    await expect(late).rejects.not.toMatchObject({message: expect.stringContaining('nothing was changed')})
    const onDirectory = openJournal(path.join(parent))
    await rm(onDirectory.file, {force: true})
    await expect(openJournal(file).read()).rejects.toMatchObject({code: 'VN-JOURNAL-UNREADABLE'})
  })

  it('makes one private folder for each entry, and for nothing else', async () => {
    const journal = openJournal(directory)
    const id = await journal.append(intent(['endpoint:a']))
    const folder = await journal.privateFolder(id)
    expect(folder).toBe(path.join(directory, 'changes', id))
    expect(await modeOf(folder)).toBe(0o700)
    expect(await journal.privateFolder(id)).toBe(folder)
    await expect(journal.privateFolder('../../etc')).rejects.toThrow(TypeError)
  })

  it('loses no entry when several processes append at once', async () => {
    const journals = [openJournal(directory), openJournal(directory), openJournal(directory)]
    const ids = await Promise.all(
      Array.from({length: 30}, (_value, n) => journals[n % 3]!.append(intent([`endpoint:${n}`]))),
    )
    const {entries, problems} = await journals[0]!.read()
    expect(problems).toEqual([])
    expect(entries.map((entry) => entry.id).sort()).toEqual([...ids].sort())
  })
})
