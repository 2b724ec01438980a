import {vchKeys} from '../../journal/vch-keys.js'
import {parseStoreArgument, type VolumeStore} from '../../model/volume-store.js'
import type {PreflightReport} from '../../nfs/preflight/report.js'
import {resolvedKeys} from '../vch-lock.js'
import {WITHOUT_STORES, type ExamineContext} from './context.js'
import {placeOfStore} from './places.js'
import {needed, Unasked} from './verdict.js'

/** A registered NFS store as it was found; without a report its URL is one that no VCH can use. */
export interface StoreLook {
  readonly store: VolumeStore
  readonly report?: PreflightReport
  readonly problem?: string
  /** vic-machine could not be asked; the journal has it so. */
  readonly byJournal?: boolean
}

/** Every registered NFS store, also those of others, tried from this machine. */
export async function lookAtStores(context: ExamineContext): Promise<StoreLook[]> {
  const {sights} = context
  const listed = await sights.nfsStores().catch(() => undefined)
  const stores = listed ?? (await needed(journalledStores(context), WITHOUT_STORES))
  const source = listed === undefined ? {byJournal: true} : {}
  return Promise.all(
    stores.map(async (store) => {
      try {
        return {store, ...source, report: await sights.ladder(placeOfStore(store))}
      } catch (error) {
        return {store, ...source, problem: (error as Error).message}
      }
    }),
  )
}

const WITHOUT_EFFECT: ReadonlySet<unknown> = new Set(['refused', 'never-started', 'undone', 'rolled-back'])

/**
 * Without vic-machine: the NFS stores that the last change of ours left on the consumer VCH.
 * @throws Unasked when the journal knows none
 */
async function journalledStores({sights, adapters, signal}: ExamineContext): Promise<VolumeStore[]> {
  const {endpoint} = await sights.consumer.side()
  const records = await adapters.journal.history(await resolvedKeys(vchKeys({endpoint: endpoint.text}), {signal}))
  const last = records
    .filter(({intent}) => intent.action === 'configure' || intent.action === 'rollback')
    .findLast(({result}) => !WITHOUT_EFFECT.has(result?.data['state']))
  const after: unknown = last?.intent.data['storesAfter']
  if (!Array.isArray(after)) throw new Unasked(WITHOUT_STORES)
  return after.map((text) => parseStoreArgument(String(text))).filter(({scheme}) => scheme === 'nfs')
}
