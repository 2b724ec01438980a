import {orElse} from '../../engine/or-else.js'
import {recordIsAbout, type ConsumerRecord} from '../../model/consumer-record.js'
import type {VchFacts} from '../../model/drift.js'
import {traitsOf} from '../../model/vic-version.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {hostAddresses} from '../registration/host-addresses.js'
import type {ConfigurationSight} from './configuration-sight.js'
import type {DockerSight} from './docker-sight.js'
import type {JournalSight} from './journal-sight.js'

/** An NFS store of the consumer VCH with the addresses that its host stands for. */
export interface PlacedStore {
  readonly store: VolumeStore
  readonly addresses: readonly string[]
}

/** The consumer VCH from every side that was asked. */
export interface ConsumerView {
  readonly facts: VchFacts
  /** NFS stores that `inspect config` shows; undefined where vic-machine was not asked. */
  readonly listed: readonly PlacedStore[] | undefined
  /** NFS stores that the journal knows. */
  readonly journalled: readonly PlacedStore[]
  /** undefined while it does not answer. */
  readonly online: ReadonlySet<string> | undefined
  isAbout(record: ConsumerRecord): Promise<boolean>
}

function placed(stores: readonly VolumeStore[], signal: AbortSignal): Promise<PlacedStore[]> {
  const nfs = stores.filter(({scheme}) => scheme === 'nfs')
  return Promise.all(nfs.map(async (store) => ({store, addresses: await hostAddresses([store.host], {signal})})))
}

/**
 * What the rules need to know of a VCH; where its release is not known, whatever asks for more care.
 * @param onceNamed its name as the journal has it
 */
export function vchFacts(sight: DockerSight, configured: ConfigurationSight, onceNamed?: string): VchFacts {
  const {endpoint} = sight.api
  const known = configured.asked ? configured.configuration : undefined
  const version = sight.info?.version ?? known?.version ?? null
  return {
    name: sight.info?.name ?? known?.name ?? onceNamed ?? endpoint,
    endpoint,
    version,
    api: sight.error === undefined ? 'running' : known?.off === true ? 'off' : 'down',
    bootLoop: traitsOf(version ?? '').bootLoop,
  }
}

export async function viewOfConsumer(
  adapters: Adapters,
  sight: DockerSight,
  options: {
    readonly configured: ConfigurationSight
    readonly journal: Pick<JournalSight, 'stores' | 'name'>
    readonly signal: AbortSignal
  },
): Promise<ConsumerView> {
  const {configured, journal, signal} = options
  const facts = vchFacts(sight, configured, journal.name)
  const known = configured.asked ? configured.configuration : undefined
  const byEndpoint = async (record: ConsumerRecord): Promise<boolean> => {
    if (sight.info !== undefined && record.vchName !== sight.info.name) return false
    return orElse(adapters.sameEndpoint(facts.endpoint, record.endpoint, {signal}), false, {signal})
  }
  return {
    facts,
    listed: known === undefined ? undefined : await placed(known.stores, signal),
    journalled: await placed(journal.stores, signal),
    online: sight.error === undefined ? new Set(sight.info?.onlineStores) : undefined,
    async isAbout(record) {
      const {id: vchId, vcenter} = known ?? {}
      if (vchId === undefined || vcenter === undefined) return byEndpoint(record)
      return recordIsAbout(record, {vcenter, vchId, endpoint: facts.endpoint})
    },
  }
}
