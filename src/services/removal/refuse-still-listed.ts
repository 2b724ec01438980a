import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import {pathRelation} from '../registration/store-place.js'
import {consumersOfPath} from './journal-consumer.js'
import {refuseOtherJournalled} from './share-users.js'

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  readonly consents: SettleConsents
  readonly deleteVolume: boolean
}

/** Folders that a share of this name was, or would have been, exported under. */
async function foldersOf(adapters: Adapters, name: string): Promise<string[]> {
  const records = await adapters.journal.history()
  const known = records.flatMap(({intent}) => {
    const {share, path} = intent.data
    return share === name && typeof path === 'string' ? [path] : []
  })
  return [...new Set([...known, `/exports/${name}`])]
}

function listedAt(stores: readonly VolumeStore[], folders: readonly string[]): VolumeStore | undefined {
  return stores.find(
    (store) =>
      store.scheme === 'nfs' && folders.some((folder) => ['same', 'below'].includes(pathRelation(store.path, folder))),
  )
}

/**
 * A share without its server container may still be a store of some VCH, which then does not boot: that is no
 * "unchanged", and its data must not be deleted.
 * @throws VN-NOT-REMOVABLE, VN-OTHER-CONSUMER
 */
export async function refuseStillListed(adapters: Adapters, name: string, context: Context): Promise<void> {
  const folders = await foldersOf(adapters, name)
  const journalled = (await Promise.all(folders.map((folder) => consumersOfPath(adapters.journal, folder)))).flat()
  if (journalled.length === 0 && !(context.deleteVolume && adapters.hasVicMachine)) return
  const body = async (vch: ConsumerVch): Promise<void> => {
    refuseOtherJournalled(vch, journalled, name)
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: context.work.signal})
    const listed = listedAt(stores, folders)
    if (listed === undefined) return
    throw new VicnfsError(
      'VN-NOT-REMOVABLE',
      `"${vch.name}" still has the store "${listed.label}" of "${name}", whose server container is gone.`,
      {
        reason: 'The VCH needs a server at that address to boot, and the volume may hold the data of its containers.',
        tries: [`vicnfs expose-volume ${name} --ip ${listed.host}`, `vicnfs teardown ${name}`],
      },
    )
  }
  await withReadyConsumer(adapters, context.consents, {...context, body})
}
