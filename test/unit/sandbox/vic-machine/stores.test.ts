import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {
  asVolumeStore,
  mergeStores,
  printedStore,
  StoreRefusal,
} from '../../../../src/sandbox/vic-machine/merge-stores.js'
import {parseStoreArgument, storesByLabel} from '../../../../src/sandbox/vic-machine/store-argument.js'
import {storesFrom} from './fake-vcenter.js'

const given = (...texts: readonly string[]) => storesByLabel(texts.map(parseStoreArgument))
const ODD = [
  'Shared Store (2)/vic vols:second',
  'nfs://192.0.2.10/ex ports/data:nfsspace',
  'nfs://[2001:db8::1]/x?uid=0&gid=0:a,b=c+d',
  'datastore1:ds2',
]

describe('stores as vic-machine takes them', () => {
  it('keeps a datastore store without path under VIC, and drops user information', () => {
    expect(storesFrom('Shared Store (2):ds2')).toEqual([
      {
        label: 'ds2',
        scheme: 'ds',
        host: 'Shared Store (2)',
        path: 'VIC',
        query: '',
        argument: 'ds://Shared Store (2)/VIC:ds2',
      },
    ])
    expect(storesFrom('nfs://user:secret@h/x:u')[0]?.argument).toBe('nfs://h/x:u')
  })

  it('prints the name and path of a datastore percent-encoded, an NFS URL as Go does', () => {
    expect(storesFrom(...ODD).map(printedStore)).toEqual([
      'ds://Shared%20Store%20%282%29/vic%20vols:second',
      'nfs://192.0.2.10/ex%20ports/data:nfsspace',
      'nfs://[2001:db8::1]/x?uid=0&gid=0:a,b=c+d',
      'ds://datastore1/VIC:ds2',
    ])
  })

  it('takes its own arguments as the stores they are', () => {
    const stores = storesFrom(...ODD)
    expect(mergeStores(stores, given(...stores.map(({argument}) => argument)))).toEqual(stores)
  })

  // VIC parses first and strips ds:// only where that fails (volume_stores.go); Go keeps an encoding that is well-formed.
  it.each([
    ['ds://a:1/b:l', 'ds://a:1/b:l'],
    ['//a/b:l', 'ds://a/b:l'],
    ['nfs://h/a%2Fb:l', 'nfs://h/a%2Fb:l'],
    ['nfs://h/a(1):l', 'nfs://h/a(1):l'],
    ['nfs://h/a b(1):l', 'nfs://h/a%20b%281%29:l'],
    ['nfs://h/x?:l', 'nfs://h/x?:l'],
    ['nfs://h/x#a b:l', 'nfs://h/x#a%20b:l'],
  ])('keeps %s as %s', (argument, kept) => {
    expect(asVolumeStore(parseStoreArgument(argument)).argument).toBe(kept)
  })

  it('refuses a datastore store as inspect prints it', () => {
    expect(() => parseStoreArgument('ds://Shared%20Store%20%282%29/VIC:ds2')).toThrow('unsupported character "%"')
  })

  it('ignores a changed query, and takes the last of one label', () => {
    const stores = storesFrom('nfs://h/x?uid=1:n')
    expect(mergeStores(stores, given('nfs://h/x/?uid=2:n'))).toEqual(stores)
    expect(mergeStores([], given('nfs://h/1:n', 'nfs://h/2:n'))).toEqual(storesFrom('nfs://h/2:n'))
  })

  it.each([
    ['nfs://h/y:n', 'Found changes to existing volume store n'],
    ['nfs://i/x:n', 'Found changes to existing volume store n'],
    ['nfs://h:2049/x:n', 'Found changes to existing volume store n'],
    ['nfs://h/x:m', 'Existing volume store n not specified in configure command'],
  ])('refuses %s beside the existing nfs://h/x:n', (argument, line) => {
    const merge = () => mergeStores(storesFrom('nfs://h/x:n'), given(argument))
    expect(merge).toThrow(StoreRefusal)
    expect(merge).toThrow(expect.objectContaining({line}))
  })

  it('restates any store it accepts, or refuses it in words: never another error', () => {
    expect(() => {
      fc.assert(
        fc.property(
          fc.string({unit: 'grapheme', maxLength: 30}),
          fc.constantFrom('nfs://h/', 'ds://d/', 'd/', ''),
          (text, begin) => {
            let store
            try {
              store = asVolumeStore(parseStoreArgument(`${begin}${text}:label`))
            } catch (error) {
              return (error as Error).message.length > 0
            }
            const again = mergeStores([store], given(store.argument))
            return again.length === 1 && again[0] === store
          },
        ),
      )
    }).not.toThrow()
  })
})
