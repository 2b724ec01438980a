import {describe, expect, it} from '@jest/globals'
import {storeTarget} from '../../../../src/sandbox/endpoint-vm/store-session.js'

const store = (query: string, host = '10.0.0.1') =>
  ({label: 'l', scheme: 'nfs', host, path: '/e', query, argument: ''}) as const

describe('uid and gid of a store', () => {
  it.each([
    ['', 1000, 1000],
    ['uid=0&gid=0', 0, 0],
    ['uid=5', 5, 5],
    ['gid=7', 1000, 7],
    ['uid=5&gid=7&proto=tcp&port=2049', 5, 7],
  ])('%s', (query, uid, gid) => {
    expect(storeTarget(store(query))).toEqual({host: '10.0.0.1', path: '/e', uid, gid})
  })

  it.each(['uid=root', 'uid=-1', 'gid=x'])('%s fails the store', (query) => {
    expect(() => storeTarget(store(query))).toThrow(/invalid/)
  })

  it('takes an IPv6 address in brackets', () => {
    expect(storeTarget(store('', '[::1]')).host).toBe('::1')
  })

  it('fails with a port in the host part', () => {
    expect(() => storeTarget(store('', '10.0.0.1:2049'))).toThrow(
      'address 10.0.0.1:2049:111: too many colons in address',
    )
  })
})
