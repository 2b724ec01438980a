import {describe, expect, it} from '@jest/globals'

import {mergedReport} from '../../../src/model/merged-status.js'
import type {Finding, ShareStatus, StatusReport, StoreStatus, VchStatus} from '../../../src/model/status-report.js'

const FINDING: Finding = {word: 'store-offline', severity: 'drift', text: 'It is offline.', tries: []}
const vch = (name: string, role: 'server' | 'consumer'): VchStatus => ({
  ...{roles: [role], endpoint: `tcp://${name}:2376`, kind: 'vch', name, version: '1.5.8', api: 'running', error: null},
})
const store = (of: string, more: Partial<StoreStatus>): StoreStatus => ({
  ...{label: 'commons', vch: of, folder: of, registered: null, online: null, from: 'record', volumes: null},
  ...more,
})
const own = (of: string, containers: string[]): StoreStatus => {
  const volumes = [{name: 'v', containers: containers.map((name) => ({name, state: 'running'}))}]
  return store(of, {registered: true, online: true, from: 'vic-machine', volumes})
}
const share = (stores: StoreStatus[], more: Partial<ShareStatus> = {}): ShareStatus => ({
  ...{name: 'commons', kind: 'volume', verdict: 'ok', address: '10.0.0.2', path: '/exports/commons', url: null},
  ...{server: {state: 'running', container: 'c', image: null, startedAt: null, ageMs: null}},
  ...{mountable: null, stores, consumers: null, space: null, findings: []},
  ...more,
})
const report = (consumer: string, shares: ShareStatus[], findings: Finding[] = []): StatusReport => ({
  ...{at: '2026-01-01T00:00:00Z', verdict: 'ok', shares, findings},
  vchs: [vch('storage', 'server'), vch(consumer, 'consumer')],
  notAsked: [{what: 'journal', why: 'unreadable'}],
})

describe('several looks at the same shares', () => {
  it('give each share once, each store as the VCH that has it tells, and all of its users', () => {
    const web = report('web', [share([own('web', ['a', 'b']), store('batch', {})])])
    const batch = report('batch', [share([store('web', {}), own('batch', ['a'])], {mountable: true})])
    const merged = mergedReport([web, batch])
    expect(merged.shares).toHaveLength(1)
    expect(merged.shares[0]).toMatchObject({consumers: 3, mountable: true, verdict: 'ok'})
    expect(merged.shares[0]?.stores).toEqual([own('web', ['a', 'b']), own('batch', ['a'])])
    expect(merged.vchs.map(({name, roles}) => [name, roles])).toEqual([
      ['storage', ['server']],
      ['web', ['consumer']],
      ['batch', ['consumer']],
    ])
    expect(merged.notAsked).toHaveLength(1)
    // Control: what only a record tells does not tell of its users.
    expect(mergedReport([web]).shares[0]?.consumers).toBeNull()
  })

  it('say what one of them has found, once, and are as bad as the worst', () => {
    const bad = share([], {findings: [FINDING], verdict: 'drift'})
    const merged = mergedReport([
      report('web', [share([])]),
      report('batch', [bad], [FINDING]),
      report('x', [bad], [FINDING]),
    ])
    expect(merged).toMatchObject({verdict: 'drift', findings: [FINDING]})
    expect(merged.shares).toEqual([expect.objectContaining({verdict: 'drift', findings: [FINDING]})])
    const elsewhere = share([], {findings: [{...FINDING, tries: ['vicnfs status --consumer-host x']}]})
    const both = mergedReport([report('batch', [bad]), report('x', [elsewhere])])
    expect(both.shares[0]?.findings).toEqual([FINDING])
    const fine = mergedReport([report('web', [share([])]), report('batch', [share([], {name: 'other'})])])
    expect([fine.verdict, fine.shares.map(({name}) => name)]).toEqual(['ok', ['commons', 'other']])
  })
})
