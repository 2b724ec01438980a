import {describe, expect, it} from '@jest/globals'

import {parseStoreArgument} from '../../../../src/model/volume-store.js'
import {hostAddresses} from '../../../../src/services/registration/host-addresses.js'
import {pathRelation, storesAt} from '../../../../src/services/registration/store-place.js'

const PLACE = {host: '127.0.0.1', path: '/exports/data'}
const {signal} = new AbortController()

async function isThere(target: string, below = false): Promise<boolean> {
  const relations = below ? (['same', 'below'] as const) : (['same'] as const)
  return (await storesAt([parseStoreArgument(`${target}:x`)], PLACE, {relations, signal})).length > 0
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

  it('is not found out any more once it is to stop: a name that is not resolved in time counts as this one', async () => {
    const looking = storesAt([parseStoreArgument('nfs://no..such/exports/data:x')], PLACE, {
      relations: ['same'],
      signal: AbortSignal.abort(new Error('stopped')),
    })
    await expect(looking).rejects.toThrow('stopped')
  })

  it('counts a name that nobody here can resolve, when the path fits', async () => {
    expect(await isThere('nfs://no..such/exports/data')).toBe(true)
    expect(await isThere('nfs://no..such/exports/other')).toBe(false)
  })
})

describe('pathRelation', () => {
  it.each([
    ['/exports/data', '/exports/data/', 'same'],
    ['/exports/data/a', '/exports/data', 'below'],
    ['/exports', '/exports/data', 'above'],
    ['/exports/data2', '/exports/data', 'apart'],
    ['/data', '/exports/data', 'apart'],
  ])('of %s to %s is %s', (store, place, expected) => {
    expect(pathRelation(store, place)).toBe(expected)
  })
})

describe('hostAddresses', () => {
  it('keeps addresses as they are, and names beside what they stand for', async () => {
    expect(await hostAddresses(['10.0.0.9', '[FE80::1]'], {signal})).toEqual(['10.0.0.9', 'fe80::1'])
    expect(await hostAddresses(['LocalHost'], {signal})).toEqual(expect.arrayContaining(['localhost', '127.0.0.1']))
    expect(await hostAddresses([], {signal})).toEqual([])
  })

  it('gives one spelling for each address, whatever the resolver says', async () => {
    const lookup = () => Promise.resolve(['::FFFF:10.0.0.9', '2001:DB8:0:0:0:0:0:1'])
    expect(await hostAddresses(['NAS'], {lookup, signal})).toEqual(['nas', '10.0.0.9', '2001:db8::1'])
    const texts = ['[2001:db8:0::0:1]', '::ffff:a00:9', 'fe80::1%eth0']
    expect(await hostAddresses(texts, {signal})).toEqual(['2001:db8::1', '10.0.0.9', 'fe80::1%eth0'])
  })

  it('waits for a resolver that does not answer no longer than allowed, and not at all once it is to stop', async () => {
    const lookup = () => new Promise<never>(() => undefined)
    expect(await hostAddresses(['nas', '10.0.0.9'], {lookup, limitMs: 1, signal})).toEqual(['nas', '10.0.0.9'])
    const stop = new AbortController()
    const waiting = hostAddresses(['nas'], {lookup, limitMs: 60_000, signal: stop.signal})
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    await expect(hostAddresses(['nas'], {lookup, signal: stop.signal})).rejects.toThrow('stopped')
  })
})
