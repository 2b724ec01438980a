import {randomInt} from 'node:crypto'
import {messageOf} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {VicBehaviour} from '../containers/vic-behaviour.js'
import type {VolumeState} from '../state/sandbox-state.js'
import type {PortLayerLog} from './port-layer-log.js'
import {storeTarget, type DialSettings} from './store-session.js'
import {bringStoreOnline, type FoundVolume} from './store-volumes.js'
import type {BootedStores} from './volume-service.js'

/** The port layer has ended because of a store (VIC 1.1 and from 1.5.2 on). */
export class PortLayerExit extends Error {
  override readonly name = 'PortLayerExit'
}

/** Go walks its maps in random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items]
  return items.map(() => rest.splice(randomInt(rest.length), 1)[0] as T)
}

function volumeOf(store: VolumeStore, {name, metadata}: FoundVolume): VolumeState {
  const common = {name, store: store.label, createdAt: ''}
  if (typeof metadata === 'string') return {...common, driver: '', options: {}, labels: {}, unreadable: metadata}
  const {Driver: driver, DriverOpts: options, Labels: labels} = metadata
  return {...common, driver, options: options ?? {}, labels: labels ?? {}}
}

/**
 * Brings every configured store online as the port layer does at its start, in random order.
 * @throws PortLayerExit at the first store that fails, where this release ends then
 */
export async function bootStores(
  stores: readonly VolumeStore[],
  options: {
    readonly dial: DialSettings
    readonly failedStore: VicBehaviour['failedStore']
    readonly log: PortLayerLog
  },
): Promise<BootedStores> {
  const {dial, failedStore, log} = options
  const online: string[] = []
  const nfsVolumes: VolumeState[] = []
  for (const store of shuffled(stores)) {
    try {
      if (store.scheme === 'nfs') {
        log('INFO', `Creating nfs volumestore ${store.label} on nfs://${store.host}${store.path}`)
        const found = await bringStoreOnline(storeTarget(store), dial)
        nfsVolumes.push(...found.map((each) => volumeOf(store, each)))
      }
      log('INFO', `Adding volume store ${store.label}`)
      online.push(store.label)
    } catch (error) {
      dial.signal.throwIfAborted()
      log('ERROR', `volume store ${store.label}: ${messageOf(error)}`)
      if (failedStore === 'exit') throw new PortLayerExit(store.label, {cause: error})
    }
  }
  return {online, nfsVolumes}
}
