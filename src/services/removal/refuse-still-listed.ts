import {isIPv4} from 'node:net'
import {orElse} from '../../engine/or-else.js'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {requestAgain} from '../doctor/places.js'
import {parkCommand} from '../exchange/parkable.js'
import {identifyConsumer, type ConsumerVch} from '../registration/identify-consumer.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {lookAtStores, type StoreLook} from '../registration/store-look.js'
import {exposeCommand} from '../share/expose-command.js'
import {listParked, listServers, serversOf} from '../share/find-server.js'
import {addressOfStore} from '../status/store-places.js'
import {consumersOnceOn} from './journal-consumer.js'
import {folderOf, sitesOf, storesOnShare, type ShareSites} from './share-sites.js'
import {refuseOtherJournalled} from './share-users.js'

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
  readonly deleteVolume: boolean
  /** An empty server was asked for at its address: that there is none needs no doing only if nobody lists it. */
  readonly park?: boolean
}

/** The command that serves a dead store again, at its address and from its folder; a container is asked for by address. */
async function serveAgain(
  adapters: Adapters,
  {name, store, sites}: {readonly name: string; readonly store: VolumeStore; readonly sites: ShareSites},
  {signal}: {readonly signal: AbortSignal},
): Promise<string> {
  const place = addressOfStore(store)
  const host = (await hostAddresses([place.host], {signal})).find((each) => isIPv4(each)) ?? place.host
  const networks = await orElse(adapters.server.networks({signal}), [], {signal})
  const share = {name, exportFolder: folderOf(store, sites) ?? `/exports/${name}`}
  return exposeCommand(requestAgain(share, {...place, host}, {image: SERVER_IMAGE, networks}))
}

/** The volume that a store is served from now, where a server container of ours is at its place. */
async function servedFrom(
  {server: api}: Adapters,
  store: VolumeStore,
  {signal}: {readonly signal: AbortSignal},
): Promise<string | undefined> {
  const all = [...(await listServers(api, {signal})), ...(await listParked(api, {signal}))]
  return (await serversOf(all, store, {signal}))[0]?.request.name
}

/** What was the place of this share is that of another volume: nothing must serve the old data there again. */
function hasMoved(
  name: string,
  options: {
    readonly vch: string
    readonly listed: VolumeStore
    readonly moved: string
    readonly park?: boolean | undefined
  },
): VicnfsError {
  const {vch, listed, moved, park} = options
  const message = `The store "${listed.label}" of "${vch}" was on "${name}" and is served from the volume "${moved}" now.`
  return new VicnfsError('VN-NOT-REMOVABLE', message, {
    reason: `The share has moved: "${name}" holds what it held then, has no server container, and is no store any more.`,
    tries: [
      shellQuote(park === true ? parkCommand(moved) : ['vicnfs', 'teardown', moved]),
      shellQuote(['vicnfs', 'status', moved]),
    ],
  })
}

interface Listed {
  readonly name: string
  readonly listed: VolumeStore
  readonly sites: ShareSites
  /** A look at its address, where nothing but its folder says that it is this share. */
  readonly look?: StoreLook | undefined
  readonly park?: boolean | undefined
  readonly work: Work
}

async function stillListed(adapters: Adapters, vch: ConsumerVch, options: Listed): Promise<VicnfsError> {
  const {name, listed, sites, look, park, work} = options
  const moved = await servedFrom(adapters, listed, work)
  if (moved !== undefined && moved !== name) return hasMoved(name, {vch: vch.name, listed, moved, park})
  const serve = await serveAgain(adapters, {name, store: listed, sites}, work)
  const danger = vch.traits.bootLoop
    ? 'The VCH needs a server at that address to boot'
    : 'Every container with a volume of it hangs until a server is back at that address'
  const unseen =
    look?.state === 'out-of-sight' ? [`From here it cannot be seen whether one is at ${storeUrl(listed)}.`] : []
  return new VicnfsError(
    'VN-NOT-REMOVABLE',
    `"${vch.name}" still has the store "${listed.label}" of "${name}", whose server container is gone.`,
    {
      reason: [`${danger}, and the volume may hold the data of its containers.`, ...unseen].join(' '),
      tries: [
        ...(unseen.length === 0 ? [] : [shellQuote(['vicnfs', 'preflight', storeUrl(listed), '--read-only'])]),
        serve,
        ...(unseen.length === 0 ? [shellQuote(park === true ? parkCommand(name) : ['vicnfs', 'teardown', name])] : []),
      ],
    },
  )
}

/** The consumer VCH; where it cannot be asked that is said, and keeps nobody from what changes nothing. */
async function askVch(adapters: Adapters, name: string, work: Work): Promise<ConsumerVch | undefined> {
  try {
    return await identifyConsumer(adapters, {work})
  } catch (error) {
    work.signal.throwIfAborted()
    // A refused login must not go by in silence: the next run would try it again (S8).
    const isTold = !isVicnfsError(error) || error.kind === 'refused' || error.code === 'VN-VICMACHINE-LOGIN'
    if (isTold) throw error
    const why = error.message.replace(/\.$/, '')
    const text = `Whether a VCH still has "${name}" as a store could not be asked (${why}): one that has needs a server at its address.`
    work.note('warning', text)
    return undefined
  }
}

/**
 * The journal of this machine knows no VCH of the share, which may have been registered from another one: the VCH itself
 * is asked. It need not be ready for that, since nothing is changed.
 */
async function refuseListedUnknown(
  adapters: Adapters,
  name: string,
  {sites, work}: Pick<Listed, 'sites' | 'work'>,
): Promise<void> {
  const vch = await askVch(adapters, name, work)
  if (vch === undefined) return
  const [listed] = await storesOnShare(vch.configuration.stores, sites, work)
  if (listed === undefined) return
  const {stepTimeoutMs} = adapters.limits
  const [look] = await lookAtStores(adapters.nfs, [listed], {stepTimeoutMs, signal: work.signal})
  // Its folder alone has this name: it is a share of somebody else, who serves it.
  if (look?.state === 'alive' && (await servedFrom(adapters, listed, work)) === undefined) return
  throw await stillListed(adapters, vch, {name, listed, sites, look, work})
}

/**
 * A share without its server container may still be a store of some VCH, which then does not boot: that is no
 * "unchanged", and its data must not be deleted.
 * @throws VN-NOT-REMOVABLE, VN-OTHER-CONSUMER
 */
export async function refuseStillListed(adapters: Adapters, name: string, context: Context): Promise<void> {
  const {work, park} = context
  const known = await sitesOf(adapters, name, work.signal)
  // Where data is to be deleted the name alone counts: addresses of VCHs change.
  const sites = context.deleteVolume ? {...known, otherHosts: []} : known
  const journalled = await consumersOnceOn(adapters.journal, sites, work)
  if (journalled.length === 0 && !adapters.hasVicMachine) return
  if (journalled.length === 0 && !context.deleteVolume && park !== true) {
    await refuseListedUnknown(adapters, name, {sites, work})
    return
  }
  const body = async (vch: ConsumerVch): Promise<void> => {
    refuseOtherJournalled(vch, journalled, name)
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
    const [listed] = await storesOnShare(stores, sites, work)
    if (listed !== undefined) throw await stillListed(adapters, vch, {name, listed, sites, park, work})
  }
  await withReadyConsumer(adapters, context.consents, {...context, body})
}
