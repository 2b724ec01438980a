import {isIPv4} from 'node:net'
import {orElse} from '../../engine/or-else.js'
import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {requestAgain} from '../doctor/places.js'
import {parkCommand} from '../exchange/parkable.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
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

/**
 * A share without its server container may still be a store of some VCH, which then does not boot: that is no
 * "unchanged", and its data must not be deleted.
 * @throws VN-NOT-REMOVABLE, VN-OTHER-CONSUMER
 */
export async function refuseStillListed(adapters: Adapters, name: string, context: Context): Promise<void> {
  const known = await sitesOf(adapters, name, context.work.signal)
  // Where data is to be deleted the name alone counts: addresses of VCHs change.
  const sites = context.deleteVolume ? {...known, otherHosts: []} : known
  const journalled = await consumersOnceOn(adapters.journal, sites, context.work)
  const mustAsk = context.deleteVolume || context.park === true
  if (journalled.length === 0 && !(mustAsk && adapters.hasVicMachine)) return
  const body = async (vch: ConsumerVch): Promise<void> => {
    refuseOtherJournalled(vch, journalled, name)
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: context.work.signal})
    const [listed] = await storesOnShare(stores, sites, context.work)
    if (listed === undefined) return
    const moved = await servedFrom(adapters, listed, context.work)
    if (moved !== undefined && moved !== name) throw hasMoved(name, {vch: vch.name, listed, moved, park: context.park})
    throw new VicnfsError(
      'VN-NOT-REMOVABLE',
      `"${vch.name}" still has the store "${listed.label}" of "${name}", whose server container is gone.`,
      {
        reason: 'The VCH needs a server at that address to boot, and the volume may hold the data of its containers.',
        tries: [
          await serveAgain(adapters, {name, store: listed, sites}, context.work),
          shellQuote(context.park === true ? parkCommand(name) : ['vicnfs', 'teardown', name]),
        ],
      },
    )
  }
  await withReadyConsumer(adapters, context.consents, {...context, body})
}
