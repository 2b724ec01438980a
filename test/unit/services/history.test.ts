import {appendFile, rm} from 'node:fs/promises'
import path from 'node:path'

import {afterEach, beforeEach, describe, expect, it} from '@jest/globals'

import type {NewJournalEntry} from '../../../src/journal/entry.js'
import {openJournal} from '../../../src/journal/journal.js'
import {readHistory, type HistoryOptions, type HistoryResult} from '../../../src/services/history.js'
import {makeTempDirectory} from '../../helpers/temp-directory.js'

const ONE = {keys: ['endpoint:10.0.0.1:2376', 'vm:vc/vm-1'], name: 'one', id: 'vm-1'}
const TWO = {keys: ['endpoint:10.0.0.2:2376', 'vm:vc/vm-2'], name: 'two', id: 'vm-2'}

let directory: string
let day: number

beforeEach(async () => {
  directory = await makeTempDirectory()
  day = 1
})
afterEach(() => rm(directory, {recursive: true}))

type Deed = Pick<NewJournalEntry, 'action' | 'vch'> & {readonly data?: NewJournalEntry['data']}

/** One deed a day from 1 November 2026 on; without an end it stays open. */
async function did({action, vch, data = {}}: Deed, end?: NewJournalEntry['data']): Promise<void> {
  const now = (): Date => new Date(Date.UTC(2026, 10, day, 12))
  const journal = openJournal(directory, {now, command: 'vicnfs probe'})
  const of = await journal.append({kind: 'intent', action, vch, data})
  day += 1
  if (end !== undefined) await journal.append({kind: 'result', action, of, vch, data: end})
}

function history(options: Partial<HistoryOptions> = {}): Promise<HistoryResult> {
  return readHistory({limit: 0, ...options}, {VICNFS_STATE_DIR: directory}, new AbortController().signal)
}

const actions = ({events}: HistoryResult): string[] => events.map(({action}) => action)

describe('the history', () => {
  it.each([{}, {vch: 'one'}])('is empty without a journal, asked for %j', async (asked) => {
    await expect(history(asked)).resolves.toEqual({
      file: path.join(directory, 'journal.jsonl'),
      events: [],
      older: {events: 0, open: 0},
      problems: [],
      isEmpty: true,
    })
  })

  it('tells each deed once, oldest first, by which command, and how it ended', async () => {
    await did({action: 'configure', vch: ONE}, {state: 'completed'})
    await did({action: 'server-start', vch: ONE}, {outcome: 'failed', code: 'VN-VCH-START-FAILED'})
    await did({action: 'verify', vch: ONE}, {proven: false})
    await did({action: 'rollback', vch: ONE})
    await did({action: 'server-exchange', vch: ONE}, {outcome: 'restored'})
    const {events, isEmpty} = await history()
    expect(isEmpty).toBe(false)
    expect(events).toMatchObject([
      {at: '2026-11-01T12:00:00.000Z', endedAt: '2026-11-02T12:00:00.000Z', state: 'done', command: 'vicnfs probe'},
      {action: 'server-start', state: 'failed', why: 'VN-VCH-START-FAILED'},
      {action: 'verify', state: 'not-proven'},
      {action: 'rollback', state: 'open'},
      {action: 'server-exchange', state: 'restored'},
    ])
    expect(events[3]).not.toHaveProperty('endedAt')
  })

  it('names a VCH also where an entry has its endpoint only, and a share with its address', async () => {
    const vch = {keys: ['endpoint:10.0.0.1:2376']}
    await did({action: 'server-create', vch, data: {share: 'v', address: '10.9.0.2', path: '/exports/v'}}, {})
    await did({action: 'server-start', vch, data: {share: 'v'}}, {})
    await did({action: 'configure', vch: ONE}, {})
    const {events} = await history()
    expect(events.map((event) => event.vch.name)).toEqual(['one', 'one', 'one'])
    expect(events.map(({address}) => address)).toEqual(['10.9.0.2', '10.9.0.2', undefined])
  })

  it.each(['two', 'vm-2', '10.0.0.2:2376', 'tcp://10.0.0.2:2376'])('is of one VCH, named as %s', async (vch) => {
    await did({action: 'configure', vch: ONE}, {})
    await did({action: 'rollback', vch: TWO}, {})
    await did({action: 'server-start', vch: {keys: ['endpoint:10.0.0.2:2376']}}, {})
    expect(actions(await history({vch}))).toEqual(['rollback', 'server-start'])
  })

  it('refuses a VCH that it does not know, and says which ones it does', async () => {
    await did({action: 'configure', vch: ONE}, {})
    await expect(history({vch: 'three'})).rejects.toMatchObject({
      code: 'VN-SETTING-BAD',
      exitCode: 2,
      reason: 'It knows: one.',
    })
  })

  it('begins where it is told to, and leaves older deeds out, counting those that are open', async () => {
    await did({action: 'configure', vch: ONE})
    for (const action of ['verify', 'record-write', 'rollback']) await did({action, vch: ONE}, {state: 'completed'})
    expect(actions(await history({since: '2026-11-03T00:00Z'}))).toEqual(['record-write', 'rollback'])
    const cut = await history({limit: 2})
    expect(actions(cut)).toEqual(['record-write', 'rollback'])
    expect(cut.older).toEqual({events: 2, open: 1})
  })

  it('says which lines cannot be read, and shows the others', async () => {
    await did({action: 'configure', vch: ONE}, {})
    await appendFile(path.join(directory, 'journal.jsonl'), '{"torn\n')
    await did({action: 'rollback', vch: ONE}, {})
    const result = await history()
    expect(actions(result)).toEqual(['configure', 'rollback'])
    expect(result.problems).toEqual([{line: 3, reason: 'not a complete JSON document'}])
  })
})
