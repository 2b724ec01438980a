import {describe, expect, it} from '@jest/globals'

import {recordIsAbout, type ConsumerRecord} from '../../../src/model/consumer-record.js'
import {vcenterOf} from '../../../src/model/vcenter.js'

const record: ConsumerRecord = {
  schemaVersion: 1,
  vchName: 'vch1',
  vchId: 'vm-12',
  vcenter: 'vc.example:443',
  endpoint: 'https://10.0.0.5:2376',
  label: 'nfs-store',
  path: '/exports/v',
  uid: 0,
  gid: 0,
  writtenAt: '2026-01-01T00:00:00.000Z',
}

describe('vcenterOf', () => {
  it.each([
    ['VC.example', 'vc.example'],
    ['vc.example:443', 'vc.example'],
    ['https://root:p@VC.example:443/dc1', 'vc.example'],
    ['[fd00::1]:443', '[fd00::1]'],
    ['fd00::443', 'fd00::443'],
    ['vc.example:8989', 'vc.example:8989'],
    ['vc.example:4430', 'vc.example:4430'],
  ])('%s is %s', (target, host) => {
    expect(vcenterOf(target)).toBe(host)
  })
})

describe('recordIsAbout', () => {
  it('knows its VCH under every spelling of the vCenter, and by the endpoint where the vCenter has another name', () => {
    expect(recordIsAbout(record, {vcenter: 'VC.example', vchId: 'vm-12'})).toBe(true)
    expect(recordIsAbout(record, {vcenter: '10.0.0.9', vchId: 'vm-12', endpoint: record.endpoint})).toBe(true)
  })

  it('knows no other VM, and no VM of the same id elsewhere', () => {
    expect(recordIsAbout(record, {vcenter: 'vc.example', vchId: 'vm-13', endpoint: record.endpoint})).toBe(false)
    expect(recordIsAbout(record, {vcenter: 'other', vchId: 'vm-12', endpoint: 'https://10.0.0.6:2376'})).toBe(false)
    expect(recordIsAbout(record, {vcenter: 'other', vchId: 'vm-12'})).toBe(false)
  })
})
