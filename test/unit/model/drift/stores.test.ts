import {describe, expect, it} from '@jest/globals'

import {driftOf, type ShareFacts, type StoreFacts} from '../../../../src/model/drift.js'
import {vchFindings, type WholeVchFacts} from '../../../../src/model/drift.js'
import {healthyShare, storeFacts, vchFacts} from '../../../helpers/share-facts.js'

const withStore = (parts: Partial<StoreFacts>, share: Partial<ShareFacts> = {}): ShareFacts =>
  healthyShare({stores: [storeFacts(parts)], ...share})

describe('a share that no VCH has', () => {
  const NOBODY: Partial<StoreFacts> = {listed: false, record: 'missing', journalled: false, online: false}

  it('is not registered', () => {
    expect(driftOf(healthyShare({stores: []}))).toEqual([
      {
        word: 'not-registered',
        severity: 'drift',
        text: expect.stringContaining('"nfs-vol" is served, and no VCH'),
        tries: ['vicnfs register-store nfs-vol-store --share nfs-vol'],
      },
    ])
    expect(driftOf(withStore(NOBODY))).toMatchObject([{word: 'not-registered'}])
  })

  it.each<[string, Partial<ShareFacts>]>([
    ['its records could not be read', {registrationKnown: false}],
    ['another VCH is recorded', {stores: [storeFacts({ofConsumer: false, listed: null, online: null})]}],
    [
      'a record is not understood',
      {stores: [storeFacts({listed: null, record: 'unreadable', journalled: false, online: null})]},
    ],
  ])('is not said to be so when %s', (_why, parts) => {
    expect(driftOf(healthyShare({stores: [], ...parts}))).toEqual([])
  })
})

describe('a store that is registered and not online', () => {
  it('is named', () => {
    expect(driftOf(withStore({online: false}))).toMatchObject([
      {
        word: 'store-offline',
        severity: 'drift',
        text: expect.stringMatching(/^"web" has the store "nfs-store", but does not/),
      },
    ])
  })

  it('also where only the record says that it is registered', () => {
    expect(driftOf(withStore({online: false, listed: null}))).toMatchObject([
      {word: 'store-offline', text: expect.stringContaining('"web" is recorded to have')},
    ])
  })

  it.each<[string, Partial<StoreFacts>]>([
    ['its VCH is down', {online: false, vch: vchFacts({api: 'down'})}],
    ['its VCH was not asked', {online: null, ofConsumer: false, vch: vchFacts({api: 'unknown'})}],
  ])('is not named when %s', (_why, parts) => {
    expect(driftOf(withStore(parts))).toEqual([])
  })
})

describe('the record on a share', () => {
  it('that names another VCH than the one that has it is a danger to data', () => {
    expect(driftOf(withStore({record: 'other', recordedFor: 'batch'}))).toMatchObject([
      {
        word: 'record-other-vch',
        severity: 'danger',
        text: expect.stringContaining('names the VCH "batch"'),
        tries: ['docker -H tcp://storage:2376 exec vicnfs-nfs-vol cat /exports/nfs-vol/.vicnfs/consumer.json'],
      },
    ])
  })

  it.each(['missing', 'unreadable'] as const)('that is %s is made by registering once more', (record) => {
    expect(driftOf(withStore({record}))).toMatchObject([
      {word: 'record-missing', severity: 'drift', tries: ['vicnfs register-store nfs-store --share nfs-vol']},
    ])
  })

  it('of a folder is told with its folder', () => {
    expect(driftOf(withStore({record: 'missing', folder: 'web'}))).toMatchObject([
      {
        text: expect.stringContaining('on the folder "web" of "nfs-vol" is missing'),
        tries: ['vicnfs register-store nfs-store --share nfs-vol --directory web'],
      },
    ])
  })

  it('that outlived its registration is stale', () => {
    expect(driftOf(withStore({listed: false, online: false}))).toMatchObject([
      {word: 'not-registered'},
      {word: 'record-stale', severity: 'drift', tries: ['vicnfs teardown nfs-vol']},
    ])
  })

  it.each<[string, Partial<StoreFacts>, Partial<ShareFacts>]>([
    ['could not be read', {record: null}, {}],
    ['is of a VCH that was not asked', {listed: null, ofConsumer: false, online: null}, {}],
    ['is in the labels of a parked server', {record: 'missing'}, {state: 'parked'}],
    ['would be on a server that vicnfs does not run', {record: 'missing'}, {state: 'external'}],
  ])('is no finding when it %s', (_what, store, share) => {
    expect(driftOf(withStore(store, share)).filter(({word}) => word.startsWith('record'))).toEqual([])
  })
})

describe('a share of the very VCH that mounts it', () => {
  it('is worth a note', () => {
    expect(driftOf(healthyShare({selfHosted: true}))).toMatchObject([
      {word: 'self-hosted', severity: 'note', text: expect.stringContaining('container VM "vicnfs-nfs-vol" is off')},
    ])
  })

  it.each<[string, ShareFacts]>([
    ['its VCH boots without it', withStore({vch: vchFacts({bootLoop: false})}, {selfHosted: true})],
    ['it is not registered', healthyShare({selfHosted: true, stores: [], registrationKnown: false})],
    ['another VCH has it', withStore({ofConsumer: false, listed: null, online: null}, {selfHosted: true})],
    ['it does not serve anyway', healthyShare({selfHosted: true, state: 'exited'})],
  ])('is not when %s', (_why, facts) => {
    expect(driftOf(facts).map(({word}) => word)).not.toContain('self-hosted')
  })
})

describe('several findings', () => {
  it('come worst first', () => {
    const facts = withStore({online: false}, {mount: {mountable: false, code: 'VN-NFS-NO-NFSD'}, selfHosted: true})
    expect(driftOf(facts).map(({word}) => word)).toEqual(['not-mountable', 'store-offline', 'self-hosted'])
  })
})

describe('a VCH as a whole', () => {
  const fine: WholeVchFacts = {vch: vchFacts(), open: [], journalledVersion: '1.5.8'}
  const open = {action: 'configure', sinceMs: 65_000, again: 'vicnfs register-store nfs-store'}

  it('that is as it was has no findings', () => {
    expect(vchFindings(fine)).toEqual([])
    expect(vchFindings({vch: vchFacts({version: null}), open: [], journalledVersion: '1.5.8'})).toEqual([])
  })

  it('of another release than at our last change is named', () => {
    expect(vchFindings({...fine, journalledVersion: '1.5.6'})).toMatchObject([
      {word: 'version-changed', severity: 'drift', text: expect.stringMatching(/is of VIC 1\.5\.8; it was of 1\.5\.6/)},
    ])
  })

  it('with a change that nobody saw the end of says how to go on', () => {
    expect(vchFindings({...fine, open: [open]})).toEqual([
      {
        word: 'change-open',
        severity: 'drift',
        text: expect.stringMatching(/^A configure of "web" was begun 1 m 5 s ago/),
        tries: ['vicnfs register-store nfs-store'],
      },
    ])
  })

  it('on which vic-machine is at work is left to it', () => {
    expect(vchFindings({...fine, open: [{...open, pid: 77}]})).toMatchObject([
      {word: 'change-running', text: expect.stringContaining('vic-machine (pid 77) is at work on "web"'), tries: []},
    ])
  })

  it.each([
    ['down', [], 'danger', /boots in circles/],
    ['off', [], 'danger', /it is powered off/],
    ['down', [{...open, pid: 77}], 'drift', /a change of it is under way/],
  ] as const)('that is %s with %j is of severity %s', (api, changes, severity, text) => {
    const [finding] = vchFindings({...fine, vch: vchFacts({api}), open: changes})
    expect(finding).toMatchObject({word: 'vch-down', severity, text: expect.stringMatching(text)})
  })

  it('without a name is called by its endpoint', () => {
    const [finding] = vchFindings({...fine, vch: vchFacts({api: 'down', name: 'tcp://web:2376'})})
    expect(finding?.text).toMatch(/^The VCH does not answer at tcp:\/\/web:2376/)
  })
})
