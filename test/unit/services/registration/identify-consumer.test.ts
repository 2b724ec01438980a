import {describe, expect, it} from '@jest/globals'

import {rowOf} from '../../../../src/services/registration/identify-consumer.js'

const row = (id: string, name: string) => ({id, name, path: '/dc1/host/cluster', version: 'v1.5.8', upgradeStatus: ''})
const rows = [row('vm-1', 'twin'), row('vm-2', 'twin'), row('vm-3', 'vm-1')]

describe('the row of a VCH that is off', () => {
  it('is found by id, or by a name that only one has', () => {
    expect(rowOf(rows, {id: 'vm-1'})?.id).toBe('vm-1')
    expect(rowOf(rows, {id: 'vm-2', name: 'vm-1'})?.id).toBe('vm-2')
    expect(rowOf(rows, {name: 'vm-1'})?.id).toBe('vm-3')
    expect(rowOf(rows, {name: 'nobody'})).toBeUndefined()
  })

  it('is none of several with one name', () => {
    expect(() => rowOf(rows, {name: 'twin'})).toThrow(
      expect.objectContaining({
        code: 'VN-SETTING-BAD',
        tries: ['export VICNFS_VCH_ID=vm-1', 'export VICNFS_VCH_ID=vm-2'],
      }),
    )
  })
})
