import {describe, expect, it} from '@jest/globals'

import {
  refuseUnconfirmedDelete,
  refuseUnregistrable,
  whyNotUnregistrable,
  type DeleteWish,
  type RegistrableConsents,
  type RegistrableFacts,
  type UnregisterFacts,
} from '../../../src/model/safety.js'
import {isVicnfsError, type VicnfsError} from '../../../src/model/vicnfs-error.js'

function refusalOf(body: () => void): VicnfsError | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    if (isVicnfsError(error)) return error
    throw error
  }
}

const FACTS: RegistrableFacts = {
  selfHosted: false,
  bootLoop: true,
  ownAddress: true,
  addressAskedFor: true,
  share: 'data',
  volume: 'data',
  label: 'nfs-store',
  again: 'vicnfs register-store nfs-store --share data',
  elsewhere: 'vicnfs register-store nfs-store --share data --host SERVER-VCH',
}
const NO_CONSENT: RegistrableConsents = {allowSelfHosted: false, addressReserved: false}
const ALL_CONSENTS: RegistrableConsents = {allowSelfHosted: true, addressReserved: true}

const codeOf = (facts: Partial<RegistrableFacts>, consents: Partial<RegistrableConsents> = {}) =>
  refusalOf(() => refuseUnregistrable({...FACTS, ...facts}, {...NO_CONSENT, ...consents}))?.code

describe('refuseUnregistrable', () => {
  it('lets a share on another VCH at an address of its own through', () => {
    expect(codeOf({})).toBeUndefined()
  })

  it('refuses self-hosting where the VCH would not boot without its server, but for consent', () => {
    expect(codeOf({selfHosted: true})).toBe('VN-SELF-HOSTED')
    expect(codeOf({selfHosted: true}, {allowSelfHosted: true})).toBeUndefined()
    expect(codeOf({selfHosted: true, bootLoop: false})).toBeUndefined()
  })

  it('refuses a port mapping of its own VCH whatever is consented to', () => {
    expect(codeOf({selfHosted: true, ownAddress: false}, ALL_CONSENTS)).toBe('VN-PORT-MAPPED')
    expect(codeOf({selfHosted: true, ownAddress: false, bootLoop: false}, ALL_CONSENTS)).toBe('VN-PORT-MAPPED')
    expect(codeOf({ownAddress: false})).toBeUndefined()
  })

  it('refuses an address that may change, but for the word that it is reserved', () => {
    expect(codeOf({addressAskedFor: false})).toBe('VN-ADDRESS-UNDECIDABLE')
    expect(codeOf({addressAskedFor: false}, {addressReserved: true})).toBeUndefined()
    expect(codeOf({addressAskedFor: false}, {allowSelfHosted: true})).toBe('VN-ADDRESS-UNDECIDABLE')
  })

  it('names the command that was asked for, with the consent, and the one from elsewhere where there is one', () => {
    const triesOf = (facts: Partial<RegistrableFacts>) =>
      refusalOf(() => refuseUnregistrable({...FACTS, ...facts}, NO_CONSENT))?.tries
    expect(triesOf({selfHosted: true})).toEqual([FACTS.elsewhere, `${FACTS.again} --allow-self-hosted`])
    expect(triesOf({addressAskedFor: false})).toEqual([`${FACTS.again} --address-reserved`])
    const ring = {vchs: ['a', 'b'], known: 'It is known.'}
    expect(triesOf({ring})).toEqual([`${FACTS.again} --allow-self-hosted`])
    expect(codeOf({ring}, {allowSelfHosted: true})).toBeUndefined()
    const mapped = {selfHosted: true, ownAddress: false}
    expect(triesOf({...mapped, volume: "it's"})).toEqual([
      `vicnfs teardown 'it'\\''s'`,
      `vicnfs expose-volume 'it'\\''s'`,
    ])
    const {volume: _, elsewhere: __, ...foreign} = FACTS
    expect(refusalOf(() => refuseUnregistrable({...foreign, ...mapped}, NO_CONSENT))?.tries).toEqual([])
    expect(refusalOf(() => refuseUnregistrable({...foreign, selfHosted: true}, NO_CONSENT))?.tries).toHaveLength(1)
  })
})

describe('refuseUnconfirmedDelete (S1)', () => {
  const WISH: DeleteWish = {name: 'data', scratch: false, deleteVolume: false}
  const isRefused = (wish: Partial<DeleteWish>): boolean => {
    const error = refusalOf(() => refuseUnconfirmedDelete({...WISH, ...wish}))
    expect([undefined, 'VN-DELETE-UNCONFIRMED']).toContain(error?.code)
    return error !== undefined
  }

  it('has no say where no data would go', () => {
    expect(isRefused({})).toBe(false)
    expect(isRefused({confirm: 'other'})).toBe(false)
  })

  it.each([true, false])('lets data go by both flags with the very name only (scratch: %s)', (scratch) => {
    expect(isRefused({scratch, deleteVolume: true, confirm: 'data'})).toBe(false)
    expect(isRefused({scratch, deleteVolume: true})).toBe(true)
    for (const confirm of ['', 'Data', 'data ', 'dat', 'other']) {
      expect(isRefused({scratch, deleteVolume: true, confirm})).toBe(true)
    }
  })

  it('takes the word for the data of scratch space, which goes with its server container', () => {
    expect(isRefused({scratch: true})).toBe(true)
    expect(isRefused({scratch: true, confirm: 'data'})).toBe(true)
  })
})

describe('whyNotUnregistrable', () => {
  const BEFORE = ['datastore1/volumes:default']
  const AFTER = [...BEFORE, 'nfs://10.0.0.9/x?uid=0&gid=0:nfs']
  const FITTING: UnregisterFacts = {
    rollback: true,
    version: '1.5.8',
    lastChange: {
      action: 'configure',
      completed: true,
      retryAfterTimeout: false,
      storesBefore: BEFORE,
      storesAfter: AFTER,
      addedLabels: ['nfs'],
    },
    storesNow: [...AFTER].reverse(),
    labels: ['nfs'],
  }
  const lastChange = (change: Partial<NonNullable<UnregisterFacts['lastChange']>>): Partial<UnregisterFacts> => ({
    lastChange: FITTING.lastChange === undefined ? undefined : {...FITTING.lastChange, ...change},
  })

  it('finds nothing in the way right after our own configure', () => {
    expect(whyNotUnregistrable(FITTING)).toBeUndefined()
  })

  it.each<[string, Partial<UnregisterFacts>, RegExp]>([
    ['a release without rollback', {rollback: false, version: '1.4.3'}, /1\.4\.3.*1\.5\.3/],
    ['no journal', {lastChange: undefined}, /journal/],
    ['a rollback since', lastChange({action: 'rollback'}), /used up/],
    ['a configure that did not complete', lastChange({completed: false}), /did not complete/],
    ['a retry after a time-out', lastChange({retryAfterTimeout: true}), /timed out/],
    ['more labels than are to go', lastChange({addedLabels: ['nfs', 'second']}), /nfs, second/],
    ['other labels than are to go', {labels: ['older']}, /older/],
    ['a store more than we left', {storesNow: [...AFTER, 'datastore1/new:new']}, /since/],
    ['a store less than we left', {storesNow: BEFORE}, /since/],
    ['a store that changed its owner', {storesNow: [...BEFORE, 'nfs://10.0.0.9/x?uid=1&gid=1:nfs']}, /since/],
    ['a label that was there before', lastChange({storesBefore: AFTER}), /before/],
  ])('refuses with %s', (_title, change, says) => {
    expect(whyNotUnregistrable({...FITTING, ...change})).toMatch(says)
  })
})
