import {describe, expect, it} from '@jest/globals'

import {lookOf, type Look} from '../../../src/cli/look.js'
import {statusText} from '../../../src/cli/status-table.js'
import {statusTree} from '../../../src/cli/status-tree.js'
import {ageText, spaceTexts, storesWord, storeWord} from '../../../src/cli/status-words.js'
import type {Finding} from '../../../src/model/status-report.js'
import {GONE, shareStatus, statusReport, storeStatus} from '../../helpers/status-report.js'

const environment = {LANG: 'C.UTF-8', NO_COLOR: '1'}
const pipe = lookOf({}, {environment, platform: 'linux'})
const terminal = (columns: number): Look => lookOf({isTTY: true, columns}, {environment, platform: 'linux'})
const NOTE: Finding = {word: 'self-hosted', severity: 'note', text: 'It is served by its own VCH.', tries: []}

describe('the table', () => {
  const shares = [shareStatus(), shareStatus({name: 'b', stores: [], space: null, consumers: null, address: null})]

  it('has one line a share', () => {
    expect(statusText(statusReport(shares), pipe).split('\n')).toEqual([
      'VOLUME   SERVER   ADDRESS    STORE      ONLINE  USERS             USED  AGE  VERDICT',
      'nfs-vol  running  10.9.0.40  nfs-store  yes         0  1.3 of 10.0 GiB  3 d  ok',
      'b        running  ?          -          ?           ?                ?  3 d  ok',
    ])
  })

  it.each([
    [100, '1.3 of 10.0 GiB'],
    [78, '1.3 GiB'],
    [75, '13%'],
  ])('fits into %i columns by saying less of the space, and never cuts a name', (columns, space) => {
    const lines = statusText(statusReport(shares), terminal(columns)).split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[1]).toContain(space)
    expect(Math.max(...lines.map(({length}) => length))).toBeLessThanOrEqual(columns)
    expect(lines[1]).toMatch(/^nfs-vol .*10\.9\.0\.40.*nfs-store.*ok$/)
  })

  it('takes two lines a share where the names are wider than the terminal', () => {
    const name = 'a-volume-with-a-very-long-name-that-somebody-gave-it'
    expect(statusText(statusReport([shareStatus({name})]), terminal(80)).split('\n')).toEqual([
      `${name}  running  10.9.0.40  ok`,
      '  store nfs-store, online: yes, users 0, used 1.3 of 10.0 GiB, up 3 d',
    ])
  })

  it('says that there are none', () => {
    const vchs = [
      {
        roles: ['server'],
        endpoint: 'tcp://x:2376',
        kind: 'vch',
        name: 'x',
        version: '1.5.8',
        api: 'running',
        error: null,
      },
    ] as const
    expect(statusText(statusReport([], {vchs}), pipe)).toMatch(/^no shares: vicnfs serves nothing on "x"/)
  })
})

describe('findings', () => {
  it('stand below the table with their commands, worst first, and what was not asked last', () => {
    const drift: Finding = {...GONE, word: 'store-offline', severity: 'drift', text: 'It is offline.', tries: []}
    const open: Finding = {...GONE, word: 'change-open', severity: 'drift', text: 'A change is open.', tries: ['x']}
    const report = statusReport([shareStatus({findings: [drift, NOTE]}), shareStatus({name: 'c', findings: [GONE]})], {
      findings: [open],
      notAsked: [{what: 'vic-machine', why: 'it is not set.'}],
    })
    expect(statusText(report, pipe).split('\n').slice(3)).toEqual([
      '',
      `✘ ${GONE.text} (server-gone)`,
      '  try: vicnfs expose-volume nfs-vol',
      '! A change is open. (change-open)',
      '  try: x',
      '! It is offline. (store-offline)',
      '– It is served by its own VCH. (self-hosted)',
      '',
      'not asked: vic-machine (it is not set)',
    ])
  })

  it('that many shares have are told once, dangers never', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const told = (finding: Finding): number =>
      statusText(statusReport(names.map((name) => shareStatus({name, findings: [finding]}))), pipe).split(finding.text)
        .length - 1
    expect([told(NOTE), told({...GONE, severity: 'drift'}), told(GONE)]).toEqual([1, 1, 5])
    const text = statusText(statusReport(names.map((name) => shareStatus({name, findings: [NOTE]}))), pipe)
    expect(text).toContain('The same of: b, c, d, e.')
  })

  it('are broken between words on a terminal, and commands never', () => {
    const text = statusText(statusReport([shareStatus({findings: [{...GONE, tries: ['x'.repeat(90)]}]})]), terminal(60))
    expect(text).toContain('Before the next\n  boot of "web" a server must be back. (server-gone)')
    expect(text).toContain('x'.repeat(90))
  })
})

describe('the tree', () => {
  const volumes = [
    {
      name: 'build',
      containers: [
        {name: 'job-1', state: 'running'},
        {name: 'job-2', state: 'exited'},
      ],
    },
    {name: 'data', containers: []},
  ]
  const other = storeStatus({label: 'b', vch: 'batch', folder: 'batch', online: null, from: 'record', volumes: null})

  it('shows stores, volumes and containers', () => {
    const share = shareStatus({stores: [storeStatus({volumes}), other]})
    expect(statusTree(statusReport([share, shareStatus({name: 'b', stores: []})]), pipe).split('\n')).toEqual([
      'nfs-vol running at 10.9.0.40:/exports/nfs-vol, 1.3 of 10.0 GiB, up 3 d: ok',
      '├─ nfs-store of web: online',
      '│  ├─ build',
      '│  │  ├─ job-1 running',
      '│  │  └─ job-2 exited',
      '│  └─ data unused',
      '└─ b of batch in batch: recorded, its volumes were not asked for',
      'b running at 10.9.0.40:/exports/nfs-vol, 1.3 of 10.0 GiB, up 3 d: ok',
      '└─ no store',
    ])
  })

  it('is drawn in ASCII where nothing else can be shown', () => {
    const ascii = lookOf({}, {environment: {LANG: 'C'}, platform: 'linux'})
    expect(statusTree(statusReport([shareStatus()]), ascii)).toContain('`- nfs-store of web: online, no volumes')
  })
})

describe('words', () => {
  it.each([
    [{}, 'yes'],
    [{online: false}, 'offline'],
    [{online: null}, 'down'],
    [{online: null, from: 'record'}, 'recorded'],
    [{registered: false}, 'no'],
    [{registered: null, online: null}, '?'],
  ] as const)('a store with %j is "%s"', (parts, word) => {
    expect(storeWord(storeStatus(parts))).toBe(word)
  })

  it('several stores have one word when they are alike', () => {
    expect(storesWord(shareStatus({stores: [storeStatus(), storeStatus()]}))).toBe('yes')
    expect(storesWord(shareStatus({stores: [storeStatus(), storeStatus({online: false})]}))).toBe('1 of 2')
    expect(storesWord(shareStatus({stores: [], consumers: 0}))).toBe('no')
  })

  it('ages have one unit, space three lengths', () => {
    expect([0, 59_999, 60_000, 7_200_000, 172_800_000, null].map(ageText)).toEqual([
      '0 s',
      '59 s',
      '1 m',
      '2 h',
      '2 d',
      '-',
    ])
    expect(spaceTexts({totalBytes: 2 ** 30, usedBytes: 2048, availableBytes: 0})).toEqual([
      '2.0 KiB of 1.0 GiB',
      '2.0 KiB',
      '1%',
    ])
    expect(spaceTexts({totalBytes: 0, usedBytes: 0, availableBytes: 0})[2]).toBe('0%')
  })
})
