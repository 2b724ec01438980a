import {describe, expect, it} from '@jest/globals'
import {
  nfsStore,
  ownerOf,
  parseStoreArgument,
  printedStore,
  sameLocation,
  sameStore,
  storeUrl,
  type NfsStoreParts,
} from '../../../src/model/volume-store.js'

const PARTS: NfsStoreParts = {label: 'team-a', host: '192.0.2.10', path: '/exports/data', uid: 0, gid: 0}
const nfs = (text: string) => parseStoreArgument(`nfs://${text}`)

describe('nfsStore', () => {
  it('always carries uid and gid', () => {
    expect(nfsStore(PARTS)).toEqual({
      label: 'team-a',
      scheme: 'nfs',
      host: '192.0.2.10',
      path: '/exports/data',
      query: 'uid=0&gid=0',
      argument: 'nfs://192.0.2.10/exports/data?uid=0&gid=0:team-a',
    })
  })

  it('writes what vic-machine reads back as the same store', () => {
    for (const parts of [
      PARTS,
      {...PARTS, host: '2001:db8::1'},
      {...PARTS, host: '[2001:db8::1]'},
      {...PARTS, path: '/ex ports/ü%20(1)/'},
      {...PARTS, host: 'nfs.example.test', path: '/a?b#c'},
    ]) {
      const store = nfsStore(parts)
      expect(parseStoreArgument(store.argument)).toEqual(store)
      expect(printedStore(store)).toBe(store.argument)
    }
  })

  it.each([
    [{label: ''}, 'VN-STORE-LABEL'],
    [{label: '-a'}, 'VN-STORE-LABEL'],
    [{label: 'a b'}, 'VN-STORE-LABEL'],
    [{label: 'a.b'}, 'VN-STORE-LABEL'],
    [{host: '192.0.2.10:2049'}, 'VN-STORE-HOST'],
    [{host: '[2001:db8::1]:2049'}, 'VN-STORE-HOST'],
    [{host: ''}, 'VN-STORE-HOST'],
    [{host: 'user:pw@h'}, 'VN-STORE-HOST'],
    [{path: '/'}, 'VN-STORE-PATH'],
    [{path: '//'}, 'VN-STORE-PATH'],
    [{path: ''}, 'VN-STORE-PATH'],
    [{path: 'exports'}, 'VN-STORE-PATH'],
    [{path: '/exports/..'}, 'VN-STORE-PATH'],
    [{path: '/a\nb'}, 'VN-STORE-PATH'],
    [{uid: -1}, 'VN-STORE-OWNER'],
    [{gid: 1.5}, 'VN-STORE-OWNER'],
    [{uid: 0xffff_ffff}, 'VN-STORE-OWNER'],
  ])('refuses %j with %s', (change, code) => {
    expect(() => nfsStore({...PARTS, ...change})).toThrow(expect.objectContaining({code}))
  })
})

describe('comparisons', () => {
  it('takes the place as vic-machine does: slashes at the ends and the query do not count', () => {
    expect(sameLocation(nfs('h/exports/data:a'), nfs('h/exports/data/?uid=7:b'))).toBe(true)
    expect(sameLocation(nfs('h/a%20b:a'), nfs('h/a b:a'))).toBe(true)
    expect(sameLocation(parseStoreArgument('ds1/v:a'), parseStoreArgument('ds://ds1/v/:a'))).toBe(true)
  })

  it.each([
    ['h/exports/data2', 'h/exports/data'],
    ['h:2049/exports/data', 'h/exports/data'],
    ['h2/exports/data', 'h/exports/data'],
    ['H/exports/data', 'h/exports/data'],
    ['h/a/b', 'h/ab'],
  ])('tells %s from %s', (a, b) => {
    expect(sameLocation(nfs(`${a}:x`), nfs(`${b}:x`))).toBe(false)
  })

  it('tells a datastore without path from its default path, as vic-machine does', () => {
    expect(sameLocation(parseStoreArgument('Shared Store (2):x'), parseStoreArgument('Shared Store (2)/VIC:x'))).toBe(
      false,
    )
  })

  it('sameStore looks at label, query and fragment too', () => {
    const store = nfs('h/p?uid=0&gid=0#f:a')
    expect(sameStore(store, nfs('h/p?uid=0&gid=0#f:a'))).toBe(true)
    for (const other of ['h/p?uid=0&gid=0#f:b', 'h/p?uid=0&gid=1#f:a', 'h/p?uid=0&gid=0:a', 'h/p/?uid=0&gid=0#f:a']) {
      expect(sameStore(store, nfs(other))).toBe(false)
    }
  })
})

describe('ownerOf', () => {
  it.each([
    ['h/p', 1000, 1000],
    ['h/p?uid=7', 7, 7],
    ['h/p?gid=8', 1000, 8],
    ['h/p?uid=7&gid=8', 7, 8],
    ['h/p?uid=0&gid=0', 0, 0],
    ['h/p?uid=&gid=', 1000, 1000],
    ['h/p?uid=7&uid=9', 7, 7],
    ['h/p?uid=0000&gid=0005', 0, 5],
    ['h/p?uid=%37', 7, 7],
    ['h/p?proto=tcp;uid=3', 3, 3],
    ['h/p?uid=%zz&gid=4', 1000, 4],
  ])('of %s is %i:%i', (text, uid, gid) => {
    expect(ownerOf(nfs(`${text}:x`))).toEqual({uid, gid})
  })

  it.each(['uid=abc', 'uid=-1', 'gid=-1', 'uid=1.5', 'uid=99999999999999999999'])('is refused for %s', (query) => {
    expect(() => ownerOf(nfs(`h/p?${query}:x`))).toThrow(expect.objectContaining({code: 'VN-STORE-OWNER'}))
  })

  it('is refused for a datastore', () => {
    expect(() => ownerOf(parseStoreArgument('ds1/v:x'))).toThrow(expect.objectContaining({code: 'VN-STORE-OWNER'}))
  })
})

it('storeUrl leaves the label out', () => {
  expect(storeUrl(nfs('h/p:q?uid=1:x'))).toBe('nfs://h/p:q?uid=1')
  expect(storeUrl(parseStoreArgument('Shared Store (2)/a b:x'))).toBe('ds://Shared Store (2)/a b')
})
