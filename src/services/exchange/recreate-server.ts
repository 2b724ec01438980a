import {randomUUID} from 'node:crypto'
import type {Work} from '../../engine/work.js'
import {requestDifferences, ROLE_SERVER, type ShareChoice, type ShareRequest} from '../../model/share.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {VchInfo} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {preflightFromVch} from '../preflight-from-vch.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import type {SettleConsents} from '../registration/settle.js'
import type {Subject} from '../removal/refuse-other-vch.js'
import {chooseFor, ownAddress} from '../share/draft-share.js'
import {ensureImage} from '../share/ensure-server.js'
import type {ServerContainer} from '../share/find-server.js'
import {occupantOf} from '../share/occupant.js'
import {exchangeServer} from './exchange-server.js'
import {needsVch, requireAtRest} from './listed-stores.js'
import {admitRecreate, storesToKeep, type RecreateConsents} from './recreate-rules.js'
import {placesOf} from './stores-here.js'

interface Context {
  readonly wanted: ShareRequest
  readonly consents: RecreateConsents & SettleConsents
  readonly work: Work
  readonly held: ReadonlySet<string>
}

/** Settings by which the server decides whom it lets mount: the VCH itself has to try them. */
const WHO_MAY_MOUNT = new Set(['allow', 'exportOptions', 'squash', 'securePorts'])

/** Where the new server is to be: where the old one is, unless another place was asked for. */
async function choiceFor(
  adapters: Adapters,
  server: ServerContainer,
  options: {readonly wanted: ShareRequest; readonly info: VchInfo; readonly work: Work},
): Promise<ShareChoice> {
  const {wanted, work} = options
  const moves = requestDifferences(server, wanted).some(({field}) => field === 'network' || field === 'address')
  return work.step('network', 'Choose network and address', async (step) => {
    if (moves) return chooseFor(adapters, wanted, {...options, step})
    const {choice} = server
    const network = (await adapters.server.networks({signal: step.signal})).find(({name}) => name === choice.network)
    const own = network === undefined ? choice.ownAddress : await ownAddress(wanted, network, choice.address)
    step.unchanged(`${choice.address ?? 'an address'} of ${choice.network}, as before`)
    return {...choice, ownAddress: own}
  })
}

async function exchange(
  adapters: Adapters,
  server: ServerContainer,
  options: Context & {readonly listed: readonly VolumeStore[]; readonly vch?: ConsumerVch},
): Promise<void> {
  const {wanted, work, listed, vch} = options
  const info = await adapters.server.info({signal: work.signal})
  const choice = await choiceFor(adapters, server, {wanted, info, work})
  const to = {role: ROLE_SERVER, request: wanted, choice} as const
  const stores = placesOf(listed)
  const asksVch = stores.length > 0 && requestDifferences(server, wanted).some(({field}) => WHO_MAY_MOUNT.has(field))
  const plan = {share: wanted.name, run: randomUUID(), from: occupantOf(server), to, stores, asksVch}
  const prove = async (shielded: Work): Promise<void> => {
    for (const store of asksVch ? stores : [])
      await preflightFromVch(store, adapters, {wish: {image: wanted.image, readOnly: false}, work: shielded})
  }
  await requireAtRest(adapters, vch, {server, listed, work})
  await exchangeServer(adapters, plan, {old: server, info, work, prove})
}

async function exchangeRegistered(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Context & {readonly subject: Subject},
): Promise<void> {
  const {server} = options.subject
  const listed = await storesToKeep(adapters, vch, options)
  await exchange(adapters, server, {...options, listed, ...(listed.length === 0 ? {} : {vch})})
}

/**
 * Exchanges the server container of a share for one with other settings, or for a new one with the same (S4): while a
 * VCH has the share as a store only at its address, with nothing running on it, and with the old one put back on failure.
 * @throws VN-EXCHANGE-BREAKS, VN-NOT-PARKABLE, VN-IN-USE, VN-OTHER-CONSUMER, VN-SERVER-DOWN, VN-DELETE-UNCONFIRMED,
 * VN-EXCHANGE-FAILED, VN-ADDRESS-EMPTY
 */
export async function recreateServer(adapters: Adapters, server: ServerContainer, context: Context): Promise<void> {
  const {wanted, work, consents} = context
  const subject = await admitRecreate(adapters, server, context)
  await work.step('image', `Make sure that the image ${wanted.image} is there`, (step) =>
    ensureImage(adapters.server, wanted.image, step),
  )
  if (!(await needsVch(adapters, subject, work))) {
    await exchange(adapters, server, {...context, listed: []})
    return
  }
  const body = (vch: ConsumerVch): Promise<void> => exchangeRegistered(adapters, vch, {...context, subject})
  await withReadyConsumer(adapters, consents, {...context, body})
}
