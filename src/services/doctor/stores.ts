import type {Check} from '../../model/check.js'
import {recordIsAbout} from '../../model/consumer-record.js'
import type {ErrorCode} from '../../model/error-table.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import {isOfThisMachine} from '../preflight-url.js'
import {onShare, readRecord, type FoundRecord} from '../registration/record.js'
import type {ParkedContainer} from '../share/find-server.js'
import {releaseOf, WITHOUT_STORES, WITHOUT_VIC_MACHINE, type ExamineContext} from './context.js'
import {lookAtStores, type StoreLook} from './look-at-stores.js'
import {placeOfStore} from './places.js'
import {check, failed, needed, notAsked, ok, sentenceOf, warning, type Verdict} from './verdict.js'
import {dangerOf, parkedOf, serverOf, wayBack} from './way-back.js'

const BY_JOURNAL = 'That it is registered is known from the journal of this machine only.'

async function mountableVerdict(context: ExamineContext, look: StoreLook): Promise<Verdict> {
  const {store, report, problem} = look
  const url = storeUrl(store)
  const known = look.byJournal === true ? ` ${BY_JOURNAL}` : ''
  if (report?.passed === true) return ok(`${url} can be mounted now.${known}`)
  const rung = report?.rungs.find(({state}) => state === 'failed')
  const why = rung === undefined ? (problem ?? 'no rung says why') : `${rung.title} failed: ${rung.finding}`
  const way = await wayBack(context, store)
  const server = await serverOf(context, store)
  const isRemote = isOfThisMachine(rung?.code) && (server === undefined || server === 'unknown')
  const from = isRemote ? ' Where this machine has no route, look from the VCH: --from vch.' : ''
  return failed(`${url} cannot be mounted: ${sentenceOf(why)} ${dangerOf(await releaseOf(context))}.${known}`, {
    ...(rung?.code === undefined ? {} : {code: rung.code as ErrorCode}),
    advice: `${way.advice}${from}`,
    fix: way.fix,
  })
}

/** While a share is parked its records are on the label of the parked server. */
function carriedFor({records}: ParkedContainer, {path}: VolumeStore): FoundRecord {
  return records === undefined ? 'unreadable' : records.find(({record}) => record.path === path)?.record
}

async function recordVerdict(context: ExamineContext, {store, report}: StoreLook): Promise<Verdict> {
  const {sights, adapters, signal} = context
  if (report?.passed !== true) return notAsked('The share cannot be read.')
  const [{id}, {vcenter}] = await needed(Promise.all([sights.identity(), sights.access()]), WITHOUT_VIC_MACHINE)
  const endpoint = await sights.consumer.side().then(
    (side) => side.endpoint.text,
    () => '',
  )
  const parked = await parkedOf(context, store)
  const record =
    parked === undefined
      ? await onShare(adapters, placeOfStore(store), {signal, body: (session) => readRecord(session)})
      : carriedFor(parked, store)
  if (record === 'unreadable') return warning('It cannot be understood; a newer vicnfs may have written it.')
  if (record === undefined) {
    const server = await serverOf(context, store)
    if (server === 'unknown') return notAsked('There is none, and whether vicnfs serves this share cannot be asked.')
    const none = 'There is none, so other machines cannot tell whose volumes these are.'
    return server !== undefined
      ? warning(none, {advice: 'It is written when the store is registered by vicnfs.'})
      : ok('There is none: vicnfs did not register this store.')
  }
  if (recordIsAbout(record, {vcenter, vchId: id, endpoint})) return ok(`It names this VCH, as "${record.label}".`)
  return failed(`It names the VCH "${record.vchName}" (${record.vchId} in ${record.vcenter}), not this one.`, {
    code: 'VN-OTHER-CONSUMER',
    advice: "Two VCHs on one export delete each other's volumes. Give each a directory or a share of its own.",
  })
}

/** Every NFS store that the consumer VCH lists: whether it would find it at its next boot, and whose it is. */
export async function examineStores(context: ExamineContext): Promise<Check[]> {
  let looks: StoreLook[]
  try {
    looks = await lookAtStores(context)
  } catch {
    return [await check('stores.mountable', 'Registered NFS stores', () => notAsked(WITHOUT_STORES))]
  }
  if (looks.length === 0) {
    return [await check('stores.mountable', 'Registered NFS stores', () => ok('There are none.'))]
  }
  const checks = looks.map(async (look) => {
    const {label} = look.store
    return Promise.all([
      check(`stores.mountable.${label}`, `Store "${label}"`, () => mountableVerdict(context, look)),
      check(`stores.record.${label}`, `Record on "${label}"`, () => recordVerdict(context, look)),
    ])
  })
  return (await Promise.all(checks)).flat()
}
