import {describe, expect, it} from '@jest/globals'
import fc from 'fast-check'
import {planStores} from '../../../src/model/store-plan.js'
import {nfsStore, parsePrintedStore, printedStore, type VolumeStore} from '../../../src/model/volume-store.js'
import {isVicnfsError} from '../../../src/model/vicnfs-error.js'
import * as standIn from '../../../src/sandbox/vic-machine/merge-stores.js'
import {parseStoreArgument, storesByLabel} from '../../../src/sandbox/vic-machine/store-argument.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {typedStore} from '../../helpers/vic-machine-cases/arbitrary-stores.js'

/** Generated stores; several make a VCH. */
const STORES = 10_000
const WANTED = nfsStore({label: 'nfs-new', host: '192.0.2.99', path: '/exports/new', uid: 0, gid: 0})

/** What vic-machine would have made of it; undefined where it refuses. */
function asKept(text: string): VolumeStore | undefined {
  try {
    const store = standIn.asVolumeStore(parseStoreArgument(text))
    return store.host === '' || store.path === '' ? undefined : store
  } catch {
    return undefined
  }
}

/** What vicnfs reads of it; undefined for a store that it names as one that it cannot restate. */
function read(store: VolumeStore): VolumeStore | undefined {
  try {
    return parsePrintedStore(standIn.printedStore(store))
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-STORE-UNRESTATABLE') throw error
    return undefined
  }
}

const kept = typedStore.map((text) => asKept(text)).filter((store) => store !== undefined)

function inspectConfig(stores: readonly VolumeStore[]): string {
  const options = ['--target=https://vc', ...stores.map((store) => `--volume-store=${standIn.printedStore(store)}`)]
  const message = `The target VCH is configured with the following options: \n\n\t${options.join('\n\t')}\n`
  return `time="T" level=info msg=${JSON.stringify(message)} \n`
}

/** How configure, told the whole plan, would leave the VCH. @throws where it would find a store missing or changed */
function configured(stores: readonly VolumeStore[]): readonly VolumeStore[] {
  const shown = parseConfigurationOutput(inspectConfig(stores))
  const plan = planStores(shown.stores, [WANTED])
  return standIn.mergeStores(stores, storesByLabel(plan.stores.map(({argument}) => parseStoreArgument(argument))))
}

describe('stores that a VCH may have', () => {
  const stores = fc.sample(kept, STORES)
  const restatable = stores.filter((store) => read(store) !== undefined)

  it('are printed by vicnfs as it read them', () => {
    expect(stores).toHaveLength(STORES)
    for (const store of restatable) {
      const ours = read(store)
      const [printed, again] = [standIn.printedStore(store), ours && printedStore(ours)]
      if (again !== printed || ours?.label !== store.label) throw new Error(`${printed} was read as ${again}`)
    }
  })

  it('can be restated, but for few, and those are named', () => {
    const others = stores.filter((store) => !restatable.includes(store))
    expect(others.length).toBeLessThan(STORES / 20)
    for (const store of others) {
      expect(() => configured([store])).toThrow(expect.objectContaining({code: 'VN-STORE-UNRESTATABLE'}))
    }
  })

  it('are restated by the plan so that configure finds none missing and none changed', () => {
    expect(restatable.length).toBeGreaterThan(STORES / 2)
    for (let next = 0; next < restatable.length; next += 4) {
      const labelled = restatable.slice(next, next + 4).map((store) => [store.label, store] as const)
      const vch = [...new Map(labelled).values()]
      const after = configured(vch)
      const added = after.slice(vch.length).map((store) => standIn.printedStore(store))
      if (vch.some((store, index) => after[index] !== store)) throw new Error(`changed: ${JSON.stringify(vch)}`)
      if (added.join() !== printedStore(WANTED)) throw new Error(`added ${added.join()} to ${JSON.stringify(vch)}`)
    }
  })

  it('are found changed where one path is another (the control)', () => {
    const [one] = restatable.filter(({scheme}) => scheme === 'nfs')
    if (one === undefined) throw new Error('no NFS store was made')
    const other = {...one, path: `${one.path}/elsewhere`}
    const given = storesByLabel([parseStoreArgument(one.argument)])
    expect(() => standIn.mergeStores([other], given)).toThrow(standIn.StoreRefusal)
    expect(() => standIn.mergeStores([one], storesByLabel([parseStoreArgument(WANTED.argument)]))).toThrow(
      standIn.StoreRefusal,
    )
  })
})
