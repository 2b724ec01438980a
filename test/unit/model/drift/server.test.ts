import {describe, expect, it} from '@jest/globals'

import {driftOf, type ShareFacts} from '../../../../src/model/drift.js'
import {shareRequest} from '../../../helpers/fake-world.js'
import {
  ADDRESS,
  CHOICE,
  containerFacts,
  healthyShare,
  lostShare,
  storeFacts,
  vchFacts,
} from '../../../helpers/share-facts.js'

const words = (facts: ShareFacts): string[] => driftOf(facts).map(({word}) => word)
const first = (facts: ShareFacts) => driftOf(facts)[0]

const container = healthyShare().container!
const DEAD = {mountable: false, code: 'VN-NFS-REFUSED', finding: 'connection refused.'}
const FAR = {mountable: false, code: 'VN-NFS-TIMEOUT', finding: 'nobody answers'}
const CLOSED = {mountable: false, code: 'VN-NFS-MNT-ACCES', finding: 'MNT3ERR_ACCES'}

describe('a share with which nothing is wrong', () => {
  it('has no findings', () => {
    expect(driftOf(healthyShare())).toEqual([])
  })

  it.each(['starting', 'stopping'] as const)('has none while its server is %s and can be mounted', (state) => {
    expect(driftOf(healthyShare({state}))).toEqual([])
  })
})

describe('a server container that is gone', () => {
  it('is a danger before the next boot of a VCH that needs it, with the command that serves it again', () => {
    expect(driftOf(lostShare())).toEqual([
      {
        word: 'server-gone',
        severity: 'danger',
        text: expect.stringMatching(
          /container of "nfs-vol" is gone\. It is the store "nfs-store" of "web"\. Before the next boot of "web" a server must be back at 10\.9\.0\.40/,
        ),
        tries: [
          'vicnfs expose-volume nfs-vol',
          "vicnfs preflight 'nfs://10.9.0.40/exports/nfs-vol?uid=0&gid=0' --read-only",
        ],
      },
    ])
  })

  it('costs a VCH of before 1.5.2 its store, not its boot', () => {
    const old = storeFacts({vch: vchFacts({version: '1.4.3', bootLoop: false})})
    expect(first(lostShare({stores: [old]}))).toMatchObject({
      severity: 'drift',
      text: expect.stringContaining('At its next boot "web" leaves the store out without a word.'),
    })
  })

  it('is no danger where no VCH has the store', () => {
    const stores = [storeFacts({listed: false, record: null, journalled: false, online: false})]
    expect(first(lostShare({stores}))).toMatchObject({word: 'server-gone', severity: 'drift'})
  })

  it('says of a VCH that does not answer that it boots in circles, and of one that is off that it will', () => {
    const of = (api: 'down' | 'off') => first(lostShare({stores: [storeFacts({vch: vchFacts({api}), online: null})]}))
    expect(of('down')?.text).toContain('"web" does not answer: it boots in circles until a server is back')
    expect(of('off')?.text).toContain('"web" is powered off, and does not boot until a server is back')
  })

  it('was replaced by hand when a container without labels is on its volume', () => {
    expect(first(lostShare({foreign: 'nfs'}))).toMatchObject({
      word: 'recreated-by-hand',
      severity: 'danger',
      tries: ['docker -H tcp://storage:2376 inspect nfs'],
    })
  })
})

describe('a server container that does not run', () => {
  const exited = (parts: Partial<ShareFacts> = {}): ShareFacts =>
    healthyShare({
      state: 'exited',
      container: {...container, exitCode: 137, address: ''},
      mount: {mountable: null},
      ...parts,
    })

  it('is a danger to the VCH that needs it', () => {
    expect(driftOf(exited())).toEqual([
      expect.objectContaining({
        word: 'server-down',
        severity: 'danger',
        text: expect.stringMatching(/ended with exit code 137.*Before the next boot/),
      }),
    ])
  })

  it('is drift where no VCH needs it', () => {
    expect(driftOf(exited({stores: []}))).toMatchObject([{word: 'server-down', severity: 'drift'}])
  })

  it('is started in vSphere when its own VCH does not answer any more', () => {
    const stores = [storeFacts({vch: vchFacts({api: 'down'}), online: null})]
    const {text = '', tries} = first(exited({stores, selfHosted: true})) ?? {}
    expect(text).toContain('Power the container VM "vicnfs-nfs-vol" on in vSphere')
    expect(tries).toEqual([expect.stringMatching(/^vicnfs preflight/)])
    // The control: with an API that answers, docker starts it.
    expect(first(exited({selfHosted: true}))?.tries[0]).toBe('vicnfs expose-volume nfs-vol')
  })
})

describe('the look from here', () => {
  it('finds a running server dead: a danger before the next boot', () => {
    expect(driftOf(healthyShare({mount: DEAD}))).toMatchObject([
      {
        word: 'not-mountable',
        severity: 'danger',
        text: expect.stringMatching(
          /^"nfs-vol" cannot be mounted \(connection refused\)\..*Before the next boot of "web"/,
        ),
        tries: [expect.any(String), 'docker -H tcp://storage:2376 logs vicnfs-nfs-vol'],
      },
    ])
  })

  it('does not take a share that is not reached from here for dead, unless its VCH is down', () => {
    expect(driftOf(healthyShare({mount: FAR}))).toMatchObject([{word: 'unreachable', severity: 'drift'}])
    const stores = [storeFacts({vch: vchFacts({api: 'down'}), online: null})]
    expect(driftOf(healthyShare({mount: FAR, stores}))).toMatchObject([{word: 'unreachable', severity: 'danger'}])
  })

  it('is told that it may not come in: as a note where the share says so itself', () => {
    expect(driftOf(healthyShare({mount: CLOSED}))).toMatchObject([{word: 'denied-here', severity: 'drift'}])
    for (const parts of [{allow: ['10.9.0.0/24']}, {securePorts: true}, {exportOptions: '10.9.0.7(rw)'}]) {
      const request = shareRequest(parts)
      const labels = {request, choice: CHOICE}
      const own = containerFacts(request, CHOICE)
      expect(driftOf(healthyShare({labels, container: own, mount: CLOSED}))).toMatchObject([
        {word: 'denied-here', severity: 'note'},
      ])
    }
  })

  it('says nothing about a server that is off: nobody was asked', () => {
    expect(words(lostShare({mount: DEAD}))).toEqual(['server-gone'])
  })

  it('finds an NFS server that vicnfs does not run dead, too', () => {
    const store = lostShare({state: 'external', name: null, title: '10.9.0.40:/data', mount: DEAD})
    expect(words(store)).toEqual(['not-mountable'])
    expect(words({...store, mount: {mountable: true}})).toEqual([])
  })
})

describe('an address', () => {
  it('that is not the one that the store has is a danger', () => {
    const moved = {...container, address: '10.9.0.99'}
    expect(driftOf(healthyShare({container: moved}))).toMatchObject([
      {
        word: 'address-changed',
        severity: 'danger',
        text: expect.stringMatching(
          /is at 10\.9\.0\.99 now, not at 10\.9\.0\.40\..*a server must be back at 10\.9\.0\.40/,
        ),
      },
    ])
  })

  it('that is not the one asked for is drift where no store has another one', () => {
    const moved = {...container, address: '10.9.0.99'}
    expect(driftOf(healthyShare({container: moved, stores: [storeFacts({host: '10.9.0.99'})]}))).toMatchObject([
      {word: 'address-changed', severity: 'drift'},
    ])
  })

  it('that was never asked for, or is not known, is no finding', () => {
    const choice = {...CHOICE, address: null}
    const labels = {request: shareRequest(), choice}
    expect(driftOf(healthyShare({labels}))).toEqual([])
    expect(driftOf(healthyShare({container: {...container, address: ''}}))).toEqual([])
  })
})

describe('a container that is not what its labels say', () => {
  it.each([
    ['its volume', {mounts: [{volume: 'other', destination: '/exports/nfs-vol'}]}, 'volume is other, not nfs-vol'],
    ['its volume elsewhere', {mounts: [{volume: 'nfs-vol', destination: '/x'}]}, 'volume is not set, not nfs-vol'],
    ['its network', {networks: ['bridge']}, 'network is bridge, not storage-net'],
    [
      'its environment',
      {env: container.env.map((each) => each.replace('=/exports/nfs-vol', '=/'))},
      'EXPORT_FOLDER is /',
    ],
    [
      'a lost variable',
      {env: container.env.filter((each) => !each.startsWith('EXPORT_OPTS='))},
      'EXPORT_OPTS is not set',
    ],
  ])('in %s was made anew by hand', (_what, parts, text) => {
    const [finding, ...more] = driftOf(healthyShare({container: {...container, ...parts}}))
    expect(finding).toMatchObject({word: 'recreated-by-hand', severity: 'drift', text: expect.stringContaining(text)})
    expect(more).toEqual([])
  })

  it('in its image has another image', () => {
    expect(driftOf(healthyShare({container: {...container, image: 'vicnfs/server:0'}}))).toMatchObject([
      {word: 'image-changed', severity: 'drift', text: expect.stringContaining('runs the image vicnfs/server:0')},
    ])
  })

  it('may have more variables, and a scratch space has no volume', () => {
    const request = shareRequest({scratch: true})
    const own = {...containerFacts(request, CHOICE), mounts: []}
    const more = {...own, env: [...own.env, 'NFS_BACKEND=ganesha']}
    expect(driftOf(healthyShare({labels: {request, choice: CHOICE}, container: more}))).toEqual([])
  })
})

describe('a parked server', () => {
  it('is a state of its own, with the command that ends it, and is not compared with what it stands in for', () => {
    const empty = {...container, mounts: [], env: ['PARKED=1'], address: ADDRESS}
    expect(driftOf(healthyShare({state: 'parked', container: empty}))).toEqual([
      {
        word: 'parked',
        severity: 'note',
        text: expect.stringContaining('an empty server stands in at 10.9.0.40'),
        tries: ['vicnfs expose-volume nfs-vol'],
      },
    ])
  })

  it('that is dead is as dangerous as any', () => {
    expect(driftOf(healthyShare({state: 'parked', mount: DEAD}))).toMatchObject([
      {word: 'not-mountable', severity: 'danger'},
      {word: 'parked', severity: 'note'},
    ])
  })
})
