import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {storesAt} from '../registration/store-place.js'
import {addressOf, listParked, listServers, type ServerContainer} from '../share/find-server.js'
import {shareOnceAt} from './share-sites.js'

/** The store that we registered last under a label that the VCH has no more: it was un-registered since. */
async function storeOnceNamed(adapters: Adapters, vch: ConsumerVch, label: string): Promise<VolumeStore | undefined> {
  const records = await adapters.journal.history(vch.keys)
  const added = records
    .filter(({result}) => result?.data['state'] === 'completed')
    .flatMap(({intent}) => (intent.data['addedStores'] ?? []) as readonly string[])
  return added.map((argument) => parseStoreArgument(argument)).findLast((store) => store.label === label)
}

const placeOf = (server: ServerContainer) => ({
  host: addressOf(server) || (server.choice.address ?? ''),
  path: server.request.exportFolder,
})

/** The server container of ours, running or not, whose share a store lies on. */
async function serverOf(
  adapters: Adapters,
  store: VolumeStore,
  signal: AbortSignal,
): Promise<ServerContainer | undefined> {
  const call = {signal}
  for (const server of [...(await listServers(adapters.server, call)), ...(await listParked(adapters.server, call))]) {
    if ((await storesAt([store], placeOf(server), {relations: ['same', 'below'], signal})).length > 0) return server
  }
  return undefined
}

/**
 * The share of a store that was un-registered: what an earlier teardown has begun goes on from there.
 * @throws VN-STORE-UNKNOWN when the share is a store under another label by now
 */
async function shareOnceNamed(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly label: string
    readonly store: VolumeStore
    readonly stores: readonly VolumeStore[]
    readonly signal: AbortSignal
  },
): Promise<string | undefined> {
  const {label, store, stores, signal} = options
  const server = await serverOf(adapters, store, signal)
  if (server === undefined) return shareOnceAt(adapters, store, signal)
  const [other] = await storesAt(stores, placeOf(server), {relations: ['same', 'below'], signal})
  if (other === undefined) return server.request.name
  throw new VicnfsError('VN-STORE-UNKNOWN', `"${vch.name}" has no volume store "${label}" any more.`, {
    reason: `The share that it was on is the store "${other.label}" now.`,
    tries: [shellQuote(['vicnfs', 'teardown', '--label', other.label])],
  })
}

/**
 * The share behind a volume store of the consumer VCH, or behind one that was un-registered; undefined when nobody
 * knows it any more.
 * @throws VN-STORE-UNKNOWN, VN-SHARE-NO-SERVER
 */
export async function shareOfLabel(
  adapters: Adapters,
  label: string,
  options: {readonly work: Work; readonly held: ReadonlySet<string>; readonly consents: SettleConsents},
): Promise<string | undefined> {
  const {signal} = options.work
  const body = async (vch: ConsumerVch): Promise<string | undefined> => {
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal})
    const store = stores.find((each) => each.label === label)
    if (store !== undefined) {
      const server = await serverOf(adapters, store, signal)
      if (server !== undefined) return server.request.name
      const gone = await shareOnceAt(adapters, store, signal)
      if (gone !== undefined) return gone
      throw new VicnfsError(
        'VN-SHARE-NO-SERVER',
        `No server container of ours on ${adapters.server.endpoint} serves "${label}" (${store.host}).`,
        {
          reason: `"${vch.name}" lists it, so its NFS server is not to be taken away; which share it was nobody here knows.`,
          tries: ['vicnfs status', shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])],
        },
      )
    }
    const once = await storeOnceNamed(adapters, vch, label)
    if (once !== undefined) return shareOnceNamed(adapters, vch, {label, store: once, stores, signal})
    throw new VicnfsError('VN-STORE-UNKNOWN', `"${vch.name}" has no volume store "${label}".`, {
      reason: `It has: ${stores.map((each) => each.label).join(', ') || 'none'}.`,
    })
  }
  return withReadyConsumer(adapters, options.consents, {...options, body})
}
