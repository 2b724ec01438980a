import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {isVicnfsError} from '../../../src/model/vicnfs-error.js'
import {
  parsePrintedStore,
  parseStoreArgument,
  printedStore,
  sameLocation,
  sameStore,
} from '../../../src/model/volume-store.js'
import {anyCharacter} from '../../helpers/any-character.js'

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isVicnfsError(error)) return error.code
    throw error
  }
  return 'accepted'
}

describe('parseStoreArgument', () => {
  it.each([
    ['datastore1/volumes:default', 'ds', 'datastore1', 'volumes', '', 'ds://datastore1/volumes:default'],
    ['ds://datastore1/volumes/:default', 'ds', 'datastore1', 'volumes', '', 'ds://datastore1/volumes:default'],
    [
      'Shared Store (2)/vic vols:second',
      'ds',
      'Shared Store (2)',
      'vic vols',
      '',
      'ds://Shared Store (2)/vic vols:second',
    ],
    ['ds://Shared Store (2)/VIC:ds2', 'ds', 'Shared Store (2)', 'VIC', '', 'ds://Shared Store (2)/VIC:ds2'],
    ['datastore1:default', 'ds', 'datastore1', '', '', 'ds://datastore1:default'],
    [
      'nfs://192.0.2.10/exports/data:nfs1',
      'nfs',
      '192.0.2.10',
      '/exports/data',
      '',
      'nfs://192.0.2.10/exports/data:nfs1',
    ],
    [
      'NFS://192.0.2.10/exports/upper:nfsupper',
      'nfs',
      '192.0.2.10',
      '/exports/upper',
      '',
      'nfs://192.0.2.10/exports/upper:nfsupper',
    ],
    [
      'nfs://192.0.2.12:2049/exports/data:nfsport',
      'nfs',
      '192.0.2.12:2049',
      '/exports/data',
      '',
      'nfs://192.0.2.12:2049/exports/data:nfsport',
    ],
    [
      'nfs://[2001:db8::1]/exports/data:nfs6',
      'nfs',
      '[2001:db8::1]',
      '/exports/data',
      '',
      'nfs://[2001:db8::1]/exports/data:nfs6',
    ],
    ['nfs://192.0.2.10/:nfsroot', 'nfs', '192.0.2.10', '/', '', 'nfs://192.0.2.10/:nfsroot'],
    ['nfs://192.0.2.10/ex ports/data:s', 'nfs', '192.0.2.10', '/ex ports/data', '', 'nfs://192.0.2.10/ex ports/data:s'],
    [
      'nfs://192.0.2.10/ex%20ports/data2:p',
      'nfs',
      '192.0.2.10',
      '/ex ports/data2',
      '',
      'nfs://192.0.2.10/ex%20ports/data2:p',
    ],
    [
      'nfs://192.0.2.10/exports:odd/data:c',
      'nfs',
      '192.0.2.10',
      '/exports:odd/data',
      '',
      'nfs://192.0.2.10/exports:odd/data:c',
    ],
    [
      'nfs://192.0.2.10/q?vers=4&nolock&uid=abc:q',
      'nfs',
      '192.0.2.10',
      '/q',
      'vers=4&nolock&uid=abc',
      'nfs://192.0.2.10/q?vers=4&nolock&uid=abc:q',
    ],
    ['nfs://192.0.2.10/exports/f#frag:f', 'nfs', '192.0.2.10', '/exports/f', '', 'nfs://192.0.2.10/exports/f#frag:f'],
    ['nfs://user:secret@192.0.2.10/exports/u:u', 'nfs', '192.0.2.10', '/exports/u', '', 'nfs://192.0.2.10/exports/u:u'],
    ['nfs://192.0.2.10/l:a,b=c+d', 'nfs', '192.0.2.10', '/l', '', 'nfs://192.0.2.10/l:a,b=c+d'],
    ['nfs://192.0.2.10/l:two words', 'nfs', '192.0.2.10', '/l', '', 'nfs://192.0.2.10/l:two words'],
    // Go 1.8 does not look at the port of a host that is no IPv6 address.
    [
      'nfs://192.0.2.10:port/exports/data:nfs1',
      'nfs',
      '192.0.2.10:port',
      '/exports/data',
      '',
      'nfs://192.0.2.10:port/exports/data:nfs1',
    ],
  ])('takes %s apart', (text, scheme, host, path, query, argument) => {
    const label = text.slice(text.lastIndexOf(':') + 1)
    expect(parseStoreArgument(text)).toEqual({label, scheme, host, path, query, argument})
  })

  it.each([
    ['', 'VN-STORE-FORMAT'],
    ['datastore1', 'VN-STORE-FORMAT'],
    [':nfs1', 'VN-STORE-FORMAT'],
    ['nfs://192.0.2.10/exports/data:', 'VN-STORE-FORMAT'],
    ['nfs://192.0.2.10/exports/data', 'VN-STORE-FORMAT'],
    ['nfs://192.0.2.10:2049/exports/data', 'VN-STORE-FORMAT'],
    ['nfs://[2001:db8::1]/exports', 'VN-STORE-FORMAT'],
    ...[
      'a@b',
      'a/b',
      'a*b',
      'a%b',
      'a&b',
      'a$b',
      'a#b',
      'a!b',
      'a\\b',
      'a?b',
      'a"b',
      'a<b',
      'a>b',
      'a;b',
      "a'b",
      'a|b',
    ].map((label) => [`nfs://192.0.2.10/exports/data:${label}`, 'VN-STORE-FORMAT'] as const),
    ['nfs://192.0.2.10/exports/%zz:nfs1', 'VN-STORE-URL'],
    ['nfs://[::1/x:nfs1', 'VN-STORE-URL'],
    ['nfs://[::1]x/x:nfs1', 'VN-STORE-URL'],
    ['nfs://a b/x:nfs1', 'VN-STORE-URL'],
    ['192.0.2.10:2049/exports/data:nfs1', 'VN-STORE-URL'],
    ['ftp://192.0.2.10/exports/data:nfs1', 'VN-STORE-SCHEME'],
    ['ds1:folder/x:nfs1', 'VN-STORE-SCHEME'],
    ['datastore1/vol%20umes:default', 'VN-STORE-DATASTORE'],
    ['datastore1/volumes?uid=1:default', 'VN-STORE-DATASTORE'],
    ['ds://Shared%20Store%20%282%29/VIC:ds2', 'VN-STORE-DATASTORE'],
    ['nfs:///exports/data:nfs1', 'VN-STORE-HOST'],
    ['nfs:exports/data:nfs1', 'VN-STORE-HOST'],
    ['nfs://192.0.2.10:nfs1', 'VN-STORE-PATH'],
  ])('refuses %j with %s', (text, code) => {
    expect(codeOf(() => parseStoreArgument(text))).toBe(code)
  })

  it('says no user info in a refusal', () => {
    expect(() => parseStoreArgument('ftp://bob:hunter2@h/x:l')).toThrow(expect.not.stringContaining('hunter2'))
    expect(() => parseStoreArgument('ftp://bob:hunter2@h/x:l')).toThrow('ftp://h/x')
  })
})

describe('parsePrintedStore', () => {
  it('decodes datastore stores, which vic-machine refuses as it prints them', () => {
    const store = parsePrintedStore('ds://Shared%20Store%20%282%29/VIC:ds2')
    expect(store.argument).toBe('ds://Shared Store (2)/VIC:ds2')
    expect(parseStoreArgument(store.argument)).toEqual(store)
  })

  it('keeps NFS stores to the letter', () => {
    for (const text of [
      'nfs://192.0.2.10/ex%20ports/data2:nfspercent',
      'nfs://h/p?uid=0&gid=0&x=%zz:l',
      'nfs://h/a(1):l',
      'nfs://h/p#x:l',
    ]) {
      expect(parsePrintedStore(text).argument).toBe(text)
    }
  })

  it.each([
    'nfs://192.0.2.10/x:a/b',
    'nfs://192.0.2.10/x',
    'ds://store%23one/VIC:ds2',
    'ds://store%2525/VIC:ds2',
    'ds://store%zz/VIC:ds2',
    'ds://%FF/VIC:ds2',
    'ftp://h/x:l',
    'ds:///x:l',
    'ds://my%20ds%3A1/x:l',
  ])('refuses %s, which cannot be restated, and names it', (text) => {
    expect(codeOf(() => parsePrintedStore(text))).toBe('VN-STORE-UNRESTATABLE')
    expect(() => parsePrintedStore(text)).toThrow(text)
  })
})

const name = fc
  .stringMatching(/^[A-Za-z0-9 _().,+=-]{1,12}$/)
  .filter((text) => text.trim() === text && !/^\.{1,2}$/.test(text))
const label = fc.stringMatching(/^[A-Za-z0-9 _.,=+()é-]{1,12}$/)
const host = fc.constantFrom('192.0.2.10', 'nfs.example.test', '[2001:db8::1]', '192.0.2.10:2049')
const query = fc.constantFrom('', '?uid=0&gid=0', '?uid=7', '?vers=4&nolock', '?')
const fragment = fc.constantFrom('', '#frag')
const rawPath = fc
  .array(fc.stringMatching(/^[A-Za-z0-9 ()'!:@é%-]{1,8}$/), {minLength: 1, maxLength: 4})
  .map((segments) => `/${segments.join('/').replaceAll('%', '%25')}`)

describe('the grammar both ways', () => {
  it('restates an NFS store that was printed as this very store', () => {
    fc.assert(
      fc.property(host, rawPath, query, fragment, label, (h, p, q, f, l) => {
        const given = parseStoreArgument(`nfs://${h}${p}${q}${f}:${l}`)
        const shown = parsePrintedStore(printedStore(given))
        expect(shown.argument).toBe(printedStore(given))
        expect(sameStore(given, shown)).toBe(true)
        expect(sameLocation(given, shown)).toBe(true)
        expect(parseStoreArgument(shown.argument)).toEqual(shown)
      }),
    )
  })

  it('restates a datastore store that was printed as this very store', () => {
    fc.assert(
      fc.property(name, fc.array(name, {minLength: 1, maxLength: 3}), label, (datastore, folders, l) => {
        const given = parseStoreArgument(`${datastore}/${folders.join('/')}:${l}`)
        expect(given).toMatchObject({scheme: 'ds', host: datastore, path: folders.join('/')})
        const shown = parsePrintedStore(printedStore(given))
        expect(shown).toEqual(given)
        expect(parseStoreArgument(shown.argument)).toEqual(shown)
      }),
    )
  })

  it('never lets anything but a VicnfsError out', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({unit: anyCharacter}),
          fc.stringMatching(/^(?:nfs|ds):\/\/[ -~]{0,20}:[ -~]{0,5}$/),
        ),
        (text) => {
          codeOf(() => parseStoreArgument(text))
          codeOf(() => parsePrintedStore(text))
        },
      ),
    )
  })
})
