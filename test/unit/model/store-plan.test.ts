import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'

import {planStores, planText, sameStores} from '../../../src/model/store-plan.js'
import {nfsStore, parseStoreArgument} from '../../../src/model/volume-store.js'

const NFS = nfsStore({label: 'nfs', host: '10.0.0.9', path: '/exports/data', uid: 0, gid: 0})
const DEFAULT = parseStoreArgument('datastore1/volumes:default')
const wanted = (parts: Partial<{label: string; host: string; path: string; uid: number; gid: number}>) =>
  nfsStore({label: 'nfs', host: '10.0.0.9', path: '/exports/data', uid: 0, gid: 0, ...parts})

describe('planStores', () => {
  it('adds what is new, and keeps what is there', () => {
    const plan = planStores([DEFAULT], [NFS])
    expect(plan.lines.map(planText)).toEqual([
      '= keep  default  ds://datastore1/volumes',
      '+ add  nfs  nfs://10.0.0.9/exports/data?uid=0&gid=0',
    ])
    expect(plan.added).toEqual([NFS])
    expect(plan.stores).toEqual([DEFAULT, NFS])
  })

  it('has nothing to add for a store that is there', () => {
    const plan = planStores([DEFAULT, NFS], [wanted({})])
    expect(plan.added).toEqual([])
    expect(plan.lines.map((line) => line.kind)).toEqual(['keep', 'keep'])
  })

  it('says of another uid or gid that VIC ignores it, and keeps the stored one', () => {
    const plan = planStores([NFS], [wanted({uid: 1000, gid: 1000})])
    const line = plan.lines.find((each) => each.kind === 'ignored')
    expect(line === undefined ? '' : planText(line)).toMatch(/^! ignored by VIC {2}nfs .*uid=1000.*for good/)
    expect(plan.stores).toEqual([NFS])
  })

  it('says so of a store that was registered without any', () => {
    const bare = parseStoreArgument('nfs://10.0.0.9/exports/data:nfs')
    expect(planStores([bare], [NFS]).lines.map(planText)).toContainEqual(
      expect.stringMatching(/keeps it without uid and gid/),
    )
  })

  it.each([
    ['another path', {path: '/exports/other'}, /taken by nfs:.*never changes/],
    ['another host', {host: '10.0.0.8'}, /taken by nfs:/],
    ['a second label for its place', {label: 'twin'}, /under the label "nfs"/],
    ['a second label with another owner', {label: 'twin', uid: 5}, /under the label "nfs"/],
  ])('refuses %s', (_title, parts, says) => {
    const plan = planStores([NFS], [wanted(parts)])
    const refused = plan.lines.filter((line) => line.kind === 'refused')
    expect(refused.map(planText)).toEqual([expect.stringMatching(says)])
    expect(plan.added).toEqual([])
  })

  it('takes slashes at the ends for the same place, as VIC does', () => {
    const slashed = parseStoreArgument('nfs://10.0.0.9/exports/data/?uid=0&gid=0:nfs')
    const plan = planStores([slashed], [NFS])
    expect(plan.lines.map((line) => line.kind)).toEqual(['keep'])
    expect(plan.stores).toEqual([slashed])
  })

  it('restates every existing store exactly, whatever is wanted', () => {
    const existing = fc.uniqueArray(
      fc.oneof(
        fc.record({
          label: fc.stringMatching(/^[a-z][a-z0-9 ,=.-]{0,8}$/),
          text: fc.stringMatching(/^datastore[0-9]\/[a-z ,()]{1,8}$/),
        }),
        fc.record({
          label: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
          text: fc.stringMatching(/^nfs:\/\/10\.0\.0\.[1-9]\/[a-z]{1,3}(\?uid=[0-9]{1,3})?$/),
        }),
      ),
      {selector: ({label}) => label, maxLength: 6},
    )
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/)
    fc.assert(
      fc.property(
        existing,
        fc.array(fc.record({label, host: fc.constantFrom('10.0.0.1', '10.0.0.2'), path: fc.constantFrom('/a', '/b')}), {
          maxLength: 3,
        }),
        (texts, more) => {
          const stores = texts.map((each) => parseStoreArgument(`${each.text}:${each.label}`))
          const plan = planStores(
            stores,
            more.map((each) => nfsStore({...each, uid: 0, gid: 0})),
          )
          expect(plan.stores.slice(0, stores.length).map((store) => store.argument)).toEqual(
            stores.map((store) => store.argument),
          )
          expect(plan.stores).toHaveLength(stores.length + plan.added.length)
          for (const added of plan.added) expect(stores.map((store) => store.label)).not.toContain(added.label)
        },
      ),
    )
  })

  it('never adds one label or one place twice', () => {
    const other = wanted({path: '/exports/other'})
    expect(planStores([], [NFS, other]).added.map((store) => store.label)).toEqual(['nfs'])
    expect(planStores([], [NFS, wanted({label: 'twin'})]).added.map((store) => store.label)).toEqual(['nfs'])
  })
})

describe('sameStores', () => {
  it('does not mind the order, since vic-machine prints them in random order', () => {
    expect(sameStores([DEFAULT, NFS], [NFS, DEFAULT])).toBe(true)
  })

  it('minds every letter, and every store', () => {
    expect(sameStores([NFS], [wanted({uid: 1})])).toBe(false)
    expect(sameStores([NFS, DEFAULT], [NFS])).toBe(false)
    expect(sameStores([NFS], [NFS, NFS])).toBe(false)
  })
})
