import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'

import {parseConsumerRecord, recordIsAbout, type ConsumerRecord} from '../../../src/model/consumer-record.js'

const RECORD: ConsumerRecord = {
  schemaVersion: 1,
  vchName: 'vch1',
  vchId: 'vm-7',
  vcenter: 'vcenter.example.com',
  endpoint: 'tcp://vch1:2376',
  label: 'nfs-store',
  path: '/exports/data',
  uid: 0,
  gid: 0,
  writtenAt: '2026-01-01T00:00:00.000Z',
}

describe('parseConsumerRecord', () => {
  it('reads what was written', () => {
    expect(parseConsumerRecord(JSON.stringify(RECORD))).toEqual(RECORD)
  })

  it.each(Object.keys(RECORD))('does not understand a record without %s', (field) => {
    const {[field as keyof ConsumerRecord]: _, ...rest} = RECORD
    expect(parseConsumerRecord(JSON.stringify(rest))).toBeUndefined()
  })

  it.each([
    ['a newer form', {schemaVersion: 2}],
    ['an owner that is no number', {uid: '0'}],
    ['an owner that is no whole number', {gid: 0.5}],
    ['a name that is no text', {vchName: 7}],
    ['a name with a line of its own for the reader', {vchName: 'web".\n✔ It is not used'}],
    ['a label that clears the screen', {label: 'a\u001b[2J'}],
  ])('does not understand %s', (_title, change) => {
    expect(parseConsumerRecord(JSON.stringify({...RECORD, ...change}))).toBeUndefined()
  })

  it('understands no garbage, and never throws', () => {
    expect(['', '{', 'null', '[]', '7', '"x"'].map((text) => parseConsumerRecord(text))).toEqual(
      Array(6).fill(undefined),
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseConsumerRecord(text)).toBeUndefined()
      }),
    )
  })
})

describe('recordIsAbout', () => {
  it('goes by vCenter and VM id', () => {
    expect(recordIsAbout(RECORD, {vcenter: 'vcenter.example.com', vchId: 'vm-7'})).toBe(true)
    expect(recordIsAbout(RECORD, {vcenter: 'vcenter.example.com', vchId: 'vm-8'})).toBe(false)
    expect(recordIsAbout(RECORD, {vcenter: 'other.example.com', vchId: 'vm-7'})).toBe(false)
  })

  it('never goes by name', () => {
    expect(recordIsAbout({...RECORD, vchName: 'renamed'}, {vcenter: 'vcenter.example.com', vchId: 'vm-7'})).toBe(true)
  })
})
