import {orElse} from '../engine/or-else.js'
import {runWork, type Work} from '../engine/work.js'
import {isVicnfsError, messageOf, VicnfsError} from '../model/vicnfs-error.js'
import {ownerOf, type VolumeStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {parkedError} from './registration/find-share.js'
import {serversOf, listParked} from './share/find-server.js'
import {endpointKey, withVchLock} from './vch-lock.js'
import {proveStore, type Proof, type ProofWish} from './verification/prove-store.js'

/** Two containers that run one after the other read each other's files on any volume; that proves nothing. */
function notShared(store: VolumeStore): VicnfsError {
  return new VicnfsError(
    'VN-VERIFY-NOT-SHARED',
    `"${store.label}" is a store on the datastore ${store.host}, no share.`,
    {
      tries: ['vicnfs verify --help'],
    },
  )
}

/** Where a store is, as `inspect config` has it; undefined where vic-machine is not set or means another VCH. */
async function placeOfStore(adapters: Adapters, label: string, work: Work): Promise<ProofWish['place']> {
  if (!adapters.canAskVicMachine) return undefined
  try {
    const {program, selector} = await adapters.vicMachine()
    const [info, configuration] = [
      await adapters.consumer.info({signal: work.signal}),
      await program.inspectConfig(selector, {signal: work.signal}),
    ]
    const store = configuration.stores.find((each) => each.label === label)
    if (store === undefined || configuration.name !== info.name) return undefined
    if (store.scheme !== 'nfs') throw notShared(store)
    return {host: store.host, path: store.path, ...ownerOf(store)}
  } catch (error) {
    work.signal.throwIfAborted()
    // A refused login must not go by in silence: the next run would try it again (S8).
    if (isVicnfsError(error) && ['VN-VICMACHINE-LOGIN', 'VN-VERIFY-NOT-SHARED'].includes(error.code)) throw error
    work.note('detail', `The uid of the store is not known, so the proof runs as root: ${messageOf(error)}`)
    return undefined
  }
}

/**
 * An empty server takes no volume, so a proof on it says nothing about the share. The server VCH may be out of reach:
 * then the proof itself has to say what it meets.
 * @throws VN-PARKED
 */
async function refuseParked(adapters: Adapters, wish: Pick<ProofWish, 'label' | 'place'>, work: Work): Promise<void> {
  const {server, consumer} = adapters
  const {label, place} = wish
  const {signal} = work
  const parked = await orElse(listParked(server, {signal}), [], {signal})
  for (const each of parked) {
    if (place !== undefined && (await serversOf([each], place, {signal})).length > 0) throw parkedError(each)
    for (const {record} of each.records ?? []) {
      if (record.label !== label) continue
      const same = adapters.sameEndpoint(consumer.endpoint, record.endpoint, {signal})
      if (await orElse(same, false, {signal})) throw parkedError(each)
    }
  }
}

/** Proves with two containers of the consumer VCH that what one writes the other reads. @throws VN-PARKED, VN-VERIFY-…, VN-STORE-UNKNOWN */
export async function verifyStore(wish: ProofWish, adapters: Adapters, serviceOptions: ServiceOptions): Promise<Proof> {
  return runWork(
    (work) =>
      withVchLock(adapters, [endpointKey(adapters.consumer.endpoint)], {
        work,
        body: async () => {
          const place = wish.place ?? (await placeOfStore(adapters, wish.label, work))
          const placed = {...wish, ...(place === undefined ? {} : {place})}
          await refuseParked(adapters, placed, work)
          return proveStore(adapters, placed, {work})
        },
      }),
    serviceOptions,
  )
}
