import {describe, expect, it} from '@jest/globals'
import {sourceOf} from '../../../../src/sandbox/endpoint-vm/rpc-connection.js'
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
    ['uid=5;gid=7', 5, 7],
    ['uid=%2B5&gid=00000000007', 5, 7],
    ['uid=4294967296', 0, 0],
  ])('%s', (query, uid, gid) => {
    expect(storeTarget(store(query))).toEqual({host: '10.0.0.1', path: '/e', uid, gid})
  })

  it.each(['uid=root', 'uid=-1', 'uid=+5', 'gid=x', 'gid=9223372036854775808'])('%s fails the store', (query) => {
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

describe('the source address of the endpoint VM', () => {
  it.each([
    ['127.9.0.2', {localAddress: '127.9.0.1'}],
    ['192.0.2.7', {}],
    ['2001:db8::1', {}],
  ])('towards %s', (destination, source) => {
    expect(sourceOf('127.9.0.1', destination)).toEqual(source)
  })
})
