import {randomUUID} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import type {RecordedConsumer} from '../../model/consumer-record.js'
import {ROLE_SERVER, type ShareRequest} from '../../model/share.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {onShare} from '../registration/record.js'
import {recordsOfParked} from '../removal/share-users.js'
import {lookAtServerVch} from '../share/draft-share.js'
import {ensureImage, refuseDifferent} from '../share/ensure-server.js'
import {requireVolume} from '../share/ensure-volume.js'
import {refuseForeign, type ParkedContainer} from '../share/find-server.js'
import {occupantOf} from '../share/occupant.js'
import {exchangeServer} from './exchange-server.js'

/** Names of the volumes that are on a store, as the VCH keeps them. */
async function volumesOn(adapters: Adapters, store: ShareAddress, signal: AbortSignal): Promise<string[]> {
  const body = async (session: {list(path: string): Promise<readonly {name: string}[] | undefined>}) =>
    ((await session.list('volumes_metadata')) ?? []).map(({name}) => name)
  return onShare(adapters, store, {signal, body})
}

/**
 * A VCH reads the volumes of a store when it boots. One that has booted while the share was parked shows none of them
 * until it boots again: that is said, since nothing is lost.
 */
async function sayWhatIsHidden(
  adapters: Adapters,
  host: string,
  options: {readonly records: readonly RecordedConsumer[]; readonly work: Work},
): Promise<void> {
  const {records, work} = options
  const {consumer} = adapters
  for (const {record} of records) {
    try {
      if (!(await adapters.sameEndpoint(consumer.endpoint, record.endpoint, work))) continue
      const there = await volumesOn(adapters, {...record, host}, work.signal)
      const shown = new Set((await consumer.listVolumes(work)).map(({name}) => name))
      const hidden = there.filter((name) => !shown.has(name))
      if (hidden.length === 0) continue
      const names = hidden.slice(0, 5).join(', ')
      work.note(
        'warning',
        `"${record.vchName}" has booted while the share was parked, so it does not show ${hidden.length} volume(s) of "${record.label}" (${names}): they are on the share, and are shown again once its endpoint VM ${record.vchId} is restarted in vSphere.`,
      )
    } catch {
      // The share serves; whether the VCH shows its volumes could not be seen from here.
      work.signal.throwIfAborted()
    }
  }
}

/**
 * Serves the volume of a parked share again, at the same address and as it was; the parked server comes back when the
 * real one does not serve.
 * @throws VN-SHARE-NO-VOLUME, VN-SHARE-FOREIGN, VN-SHARE-DIFFERS, VN-EXCHANGE-FAILED, VN-ADDRESS-EMPTY
 */
export async function unparkShare(
  adapters: Adapters,
  parked: ParkedContainer,
  options: {readonly wanted: ShareRequest; readonly work: Work},
): Promise<void> {
  const {wanted, work} = options
  const {request, choice} = parked
  const {signal} = work
  const info = await lookAtServerVch(adapters.server, work)
  const records = recordsOfParked(parked)
  await work.step('parked', 'Look at the parked share and its volume', async (step) => {
    refuseDifferent(parked, wanted)
    const call = {signal: step.signal}
    // A new volume under a registered store would pass for one that has lost its data.
    if (!request.scratch) await requireVolume(adapters.server, {name: request.name, create: false}, call)
    await refuseForeign(adapters.server, request, call)
    step.unchanged(`${parked.container.name} stands in for it at ${choice.address ?? 'its address'}`)
  })
  await work.step('image', `Make sure that the image ${request.image} is there`, (step) =>
    ensureImage(adapters.server, request.image, step),
  )
  const host = choice.address ?? ''
  const {exportFolder: path, uid, gid} = request
  // Where a VCH has to look at the server, it can do so before the empty one goes.
  await adapters.nfs.standpoint?.({host, path, uid, gid}, {signal})
  const stores = records.map(({record}) => ({host, path: record.path, uid: record.uid, gid: record.gid}))
  const to = {role: ROLE_SERVER, request, choice} as const
  const plan = {share: request.name, run: randomUUID(), from: occupantOf(parked), to, stores}
  await refuseForeign(adapters.server, request, {signal})
  await exchangeServer(adapters, plan, {old: parked, info, work})
  await sayWhatIsHidden(adapters, host, {records, work})
}
