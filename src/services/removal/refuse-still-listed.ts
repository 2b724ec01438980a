import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {parkCommand} from '../exchange/parkable.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
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

/** The command that serves a dead store again, at its address and from its folder. */
function serveAgain(name: string, store: VolumeStore, sites: ShareSites): string {
  const folder = folderOf(store, sites)
  const exported = folder === undefined || folder === `/exports/${name}` ? [] : ['--export-folder', folder]
  return shellQuote(['vicnfs', 'expose-volume', name, '--ip', store.host, ...exported])
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
  const journalled = await consumersOnceOn(adapters.journal, sites)
  const mustAsk = context.deleteVolume || context.park === true
  if (journalled.length === 0 && !(mustAsk && adapters.hasVicMachine)) return
  const body = async (vch: ConsumerVch): Promise<void> => {
    refuseOtherJournalled(vch, journalled, name)
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: context.work.signal})
    const [listed] = await storesOnShare(stores, sites)
    if (listed === undefined) return
    throw new VicnfsError(
      'VN-NOT-REMOVABLE',
      `"${vch.name}" still has the store "${listed.label}" of "${name}", whose server container is gone.`,
      {
        reason: 'The VCH needs a server at that address to boot, and the volume may hold the data of its containers.',
        tries: [
          serveAgain(name, listed, sites),
          shellQuote(context.park === true ? parkCommand(name) : ['vicnfs', 'teardown', name]),
        ],
      },
    )
  }
  await withReadyConsumer(adapters, context.consents, {...context, body})
}
