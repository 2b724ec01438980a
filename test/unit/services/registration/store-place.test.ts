import {describe, expect, it} from '@jest/globals'

import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {hostAddresses} from '../../../../src/services/registration/host-addresses.js'
import {storesAt} from '../../../../src/services/registration/store-place.js'

const PLACE = {host: '127.0.0.1', path: '/exports/data'}

async function isThere(target: string, below = false): Promise<boolean> {
  return (await storesAt([parseStoreArgument(`${target}:x`)], PLACE, below ? ['same', 'below'] : ['same'])).length > 0
}

describe('storesAt', () => {
  it.each([
    'nfs://127.0.0.1/exports/data',
    'nfs://127.0.0.1//exports/./data/?uid=7',
    'nfs://localhost/exports/data',
    'nfs://127.1/exports/data',
  ])('finds %s', async (target) => {
    expect(await isThere(target)).toBe(true)
  })

  it.each([
    'nfs://127.0.0.2/exports/data',
    'nfs://127.0.0.1/exports/dat',
    'nfs://127.0.0.1/Exports/data',
    'exports/data',
    'nfs://127.0.0.1/exports',
  ])('does not take %s for it', async (target) => {
    expect(await isThere(target)).toBe(false)
    expect(await isThere(target, true)).toBe(false)
  })

  it('counts folders below where asked to, at any depth, and never a neighbour', async () => {
    for (const path of ['/exports/data/a', '/exports/data/a/b']) {
      expect(await isThere(`nfs://127.0.0.1${path}`)).toBe(false)
      expect(await isThere(`nfs://127.0.0.1${path}`, true)).toBe(true)
    }
    expect(await isThere('nfs://127.0.0.1/exports/data2', true)).toBe(false)
  })

  it('counts a name that nobody here can resolve, when the path fits', async () => {
    expect(await isThere('nfs://no..such/exports/data')).toBe(true)
    expect(await isThere('nfs://no..such/exports/other')).toBe(false)
  })
})

describe('hostAddresses', () => {
  it('keeps addresses as they are, and names beside what they stand for', async () => {
    expect(await hostAddresses(['10.0.0.9', '[FE80::1]'])).toEqual(['10.0.0.9', 'fe80::1'])
    expect(await hostAddresses(['LocalHost'])).toEqual(expect.arrayContaining(['localhost', '127.0.0.1']))
    expect(await hostAddresses([])).toEqual([])
  })
})
