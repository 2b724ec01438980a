import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'

import {parseRecordedConsumers} from '../../../src/model/consumer-record.js'
import {
  LABELS,
  parkedEnvironment,
  parkedLabels,
  readShareLabels,
  serverEnvironment,
  type ShareChoice,
} from '../../../src/model/share.js'
import {shareRequest} from '../../helpers/fake-world.js'

const REQUEST = shareRequest()
const CHOICE: ShareChoice = {network: 'storage-net', address: '10.0.0.9', ownAddress: null, external: true}

const records = fc.array(
  fc.record({
    folder: fc.string(),
    record: fc.record({
      schemaVersion: fc.constant(1 as const),
      ...{vchName: fc.string(), vchId: fc.string(), vcenter: fc.string(), endpoint: fc.string(), label: fc.string()},
      ...{path: fc.string(), uid: fc.nat(), gid: fc.nat(), writtenAt: fc.string()},
    }),
  }),
)

describe('the labels of a parked server', () => {
  it('keep request, choice and records, and are not those of a server container', () => {
    fc.assert(
      fc.property(records, (list) => {
        const labels = parkedLabels(REQUEST, CHOICE, list)
        expect(readShareLabels(labels)).toBeUndefined()
        expect(readShareLabels(labels, 'parked')).toEqual({request: REQUEST, choice: CHOICE})
        expect(parseRecordedConsumers(labels[LABELS.records])).toEqual(list)
      }),
    )
  })

  it.each([
    ['no label', undefined],
    ['no JSON', 'x'],
    ['no list', '{}'],
    ['a list of something else', '[1]'],
    ['a record of a newer vicnfs', JSON.stringify([{folder: '', record: {schemaVersion: 2}}])],
    ['a record without its folder', JSON.stringify([{record: {}}])],
  ])('are not understood with %s', (_title, text) => {
    expect(parseRecordedConsumers(text)).toBeUndefined()
  })
})

describe('the environment of a parked server', () => {
  it('is that of the real one without the promise of a volume', () => {
    const real: Record<string, string> = serverEnvironment(REQUEST, CHOICE)
    expect(parkedEnvironment(REQUEST, CHOICE, [])).toEqual(
      Object.fromEntries([...Object.entries(real).filter(([name]) => name !== 'REQUIRE_MOUNT'), ['PARKED', '1']]),
    )
    expect(real['REQUIRE_MOUNT']).toBe('1')
  })

  it('names the directories that are stores', () => {
    expect(parkedEnvironment(REQUEST, CHOICE, ['batch', 'web'])).toMatchObject({PARKED_DIRECTORIES: 'batch:web'})
  })
})
