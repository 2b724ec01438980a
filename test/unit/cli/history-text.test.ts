import {describe, expect, it} from '@jest/globals'

import {sentenceOf} from '../../../src/cli/history-sentence.js'
import {historyText} from '../../../src/cli/history-text.js'
import {lookOf} from '../../../src/cli/look.js'

const PLAIN = lookOf({}, {environment: {LANG: 'C.UTF-8'}})
const TERMINAL = lookOf({isTTY: true}, {environment: {LANG: 'C.UTF-8', NO_COLOR: '1'}})
const NFS = 'nfs://10.0.0.9/x?uid=0&gid=0:nfs'
const DS = 'ds://datastore1/volumes:default'

describe('the sentence of a deed', () => {
  it.each([
    ['configure', {addedStores: [NFS], addedLabels: ['nfs']}, 'register nfs (nfs://10.0.0.9/x?uid=0&gid=0)'],
    ['configure', {addedLabels: ['nfs']}, 'register nfs'],
    ['configure', {addedStores: ['what is this']}, 'register what is this'],
    ['rollback', {storesBefore: [DS, NFS], storesAfter: [DS]}, 'roll back, without nfs (nfs://10.0.0.9/x?uid=0&gid=0)'],
    ['reset-progress', {}, 'clear the mark of a change in progress'],
    ['server-create', {share: 'v', path: '/exports/v'}, 'make the server container of "v" at 10.9.0.2:/exports/v'],
    ['server-start', {share: 'v', container: 'id'}, 'start the server container of "v" at 10.9.0.2'],
    ['volume-create', {volume: 'v', store: 'default', capacityMb: 5000}, 'make the volume "v" of 5000 MB on "default"'],
    ['volume-remove', {volume: 'v'}, 'delete the volume "v" and its data'],
    [
      'record-write',
      {label: 'nfs', place: {host: '10.0.0.9', path: '/x'}},
      'write on the share 10.0.0.9:/x who uses it as "nfs"',
    ],
    [
      'record-remove',
      {label: 'nfs', place: {host: '10.0.0.9', path: '/x'}},
      'take the record of "nfs" off the share 10.0.0.9:/x',
    ],
    [
      'server-exchange',
      {share: 'v', address: '10.9.0.2', path: '/exports/v', from: {role: 'server'}, to: {role: 'parked'}},
      'park "v": put an empty server at 10.9.0.2:/exports/v',
    ],
    [
      'server-exchange',
      {share: 'v', address: '10.9.0.2', path: '/exports/v', from: {role: 'parked'}, to: {role: 'server'}},
      'un-park "v": put the server container back at 10.9.0.2:/exports/v',
    ],
    [
      'server-exchange',
      {share: 'v', address: '10.9.0.2', path: '/exports/v', from: {role: 'server'}, to: {role: 'server'}},
      'make the server container of "v" at 10.9.0.2:/exports/v anew',
    ],
    ['verify', {label: 'nfs'}, 'prove "nfs" with two containers'],
    ['unheard-of', {share: 'v', n: 2, deep: {}}, 'unheard-of, share v, n 2'],
    ['constructor', {}, 'constructor'],
  ])('of %s %j', (action, data, sentence) => {
    expect(sentenceOf({action, data, address: '10.9.0.2'})).toBe(sentence)
  })
})

const VIEW = {file: '/s/journal.jsonl', events: [], older: {events: 0, open: 0}, problems: [], isEmpty: false}
const EVENT = {
  at: '2026-11-27T12:00:00.000Z',
  vch: {name: 'one'},
  action: 'verify',
  state: 'done',
  data: {label: 'nfs'},
}

describe('the text of a history', () => {
  it('says that there is no journal', () => {
    expect(historyText({...VIEW, isEmpty: true}, PLAIN)).toContain('There is no journal at /s/journal.jsonl')
  })

  it('says that nothing was found', () => {
    expect(historyText(VIEW, PLAIN)).toBe('Nothing of that is in the journal.')
  })

  it('is a line for each deed, the newest last, with ISO times where nobody watches', () => {
    const events = [
      {...EVENT, endedAt: '2026-11-27T12:00:04.200Z', command: 'vicnfs verify nfs'},
      {...EVENT, vch: {endpoint: 'tcp://x:2376'}, action: 'reset-progress', state: 'open'},
      {...EVENT, state: 'failed', why: 'VN-VERIFY-FAILED'},
    ]
    expect(historyText({...VIEW, events}, PLAIN).split('\n')).toEqual([
      expect.stringMatching(
        /^2026-11-27T12:00:00\.000Z {2}one {11}✔ {2}prove "nfs" with two containers {2}\[4\.2 s\] +by vicnfs verify nfs$/,
      ),
      expect.stringMatching(
        / {2}tcp:\/\/x:2376 {2}! {2}clear the mark .* {2}\[OPEN: it has not ended, or nobody saw how\]/,
      ),
      expect.stringMatching(/✘ {2}prove "nfs" with two containers {2}\[failed: VN-VERIFY-FAILED\]/),
    ])
  })

  it("has times of this machine's zone on a terminal", () => {
    const [line = ''] = historyText({...VIEW, events: [EVENT]}, TERMINAL).split('\n')
    const shown = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) {2}one/.exec(line)
    expect(new Date(`${shown?.[1] ?? ''}T${shown?.[2] ?? ''}`).toISOString()).toBe(EVENT.at)
  })

  it('says what was left out and what cannot be read', () => {
    const text = historyText(
      {...VIEW, events: [EVENT], older: {events: 2, open: 1}, problems: [{line: 7, reason: 'not an entry'}]},
      PLAIN,
    )
    expect(text).toContain('(2 older entries left out, 1 of them open; --limit 0 shows all)')
    expect(text).toContain('! Line 7 of /s/journal.jsonl cannot be read: not an entry.')
  })
})
