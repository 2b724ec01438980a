import type {Check} from '../../model/check.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import {shellQuote} from '../../model/redaction.js'
import {traitsOf} from '../../model/vic-version.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import {isUnreachable} from '../../vch/failures/is-unreachable.js'
import {checkReleases, supportedTraits} from '../registration/releases.js'
import {proveSame} from '../registration/same-vch.js'
import {changeVerdict} from './change-under-way.js'
import {WITHOUT_CONSUMER, WITHOUT_VIC_MACHINE, type ExamineContext} from './context.js'
import {lookAtStores} from './look-at-stores.js'
import {check, failed, needed, notAsked, ok, Unasked, warning, type Verdict} from './verdict.js'

/** With a refused or impossible login there is nothing to say about the VCH. */
async function loggedIn({sights}: ExamineContext): Promise<void> {
  await needed(sights.rows(), WITHOUT_VIC_MACHINE)
}

async function foundVerdict(context: ExamineContext): Promise<Verdict> {
  const {sights} = context
  await loggedIn(context)
  const {name} = await sights.configuration()
  const {id} = await sights.identity()
  const row = (await sights.rows()).find((each) => each.id === id)
  return ok(`"${name ?? row?.name ?? id}", ${id}${row === undefined ? '' : `, in ${row.path}`}.`)
}

async function powerVerdict(context: ExamineContext): Promise<Verdict> {
  const {sights} = context
  await needed(sights.configuration(), WITHOUT_VIC_MACHINE)
  try {
    const {id} = await sights.inspection()
    return ok(`The endpoint VM ${id} is on.`)
  } catch (error) {
    if (!isVicnfsError(error) || error.code !== 'VN-VICMACHINE-VCH-OFF') throw error
    const {id} = await sights.identity()
    return failed(`The endpoint VM ${id} is powered off.`, {
      code: error.code,
      advice: `In vSphere, find out why ${id} is off, and power it on; first see below that every NFS store is mountable.`,
    })
  }
}

/** The one state that no single look shows: powered on, and yet its Docker API refuses, since a store is dead. */
async function bootVerdict(context: ExamineContext): Promise<Verdict> {
  const {sights} = context
  await needed(sights.inspection(), 'The VCH is off, or could not be found; see above.')
  await needed(sights.consumer.side(), WITHOUT_CONSUMER)
  try {
    await sights.consumer.info()
    return ok('Its Docker API answers.')
  } catch (error) {
    if (!isUnreachable(error)) throw new Unasked(WITHOUT_CONSUMER, {cause: error})
  }
  const {version} = await sights.identity()
  const looks = await lookAtStores(context)
  const dead = looks.filter(({report}) => report?.passed !== true)
  const names = dead.map(({store}) => `"${store.label}" (${storeUrl(store)})`).join(' and ')
  if (dead.length > 0 && traitsOf(version).bootLoop) {
    return failed(`It is powered on, but in a boot loop: it comes up only when its store ${names} can be mounted.`, {
      code: 'VN-VCH-DOWN',
      advice: 'Bring the store back, as said at the store below; the VCH then boots by itself.',
    })
  }
  return failed(
    'It is powered on, but its Docker API does not answer, though every NFS store seen from here is mountable.',
    {
      code: 'VN-VCH-DOWN',
      advice: 'It may still be booting. Else look at its console in vSphere.',
    },
  )
}

async function releaseVerdict(context: ExamineContext): Promise<Verdict> {
  const {sights} = context
  const {version: ours} = await needed(sights.installer(), 'There is no vic-machine to compare it with.')
  const theirs = (await needed(sights.identity(), WITHOUT_VIC_MACHINE)).version
  checkReleases(ours, theirs)
  return ok(`Both are of VIC ${theirs}.`)
}

function offlineVerdict(stores: readonly VolumeStore[], online: readonly string[], loops: boolean): Verdict {
  const missing = stores.filter(({label}) => !online.includes(label))
  const labels = missing.map(({label}) => `"${label}"`).join(', ')
  if (missing.length === 0)
    return ok(
      stores.length === 1
        ? 'The one that is configured is online.'
        : `All ${stores.length} that are configured are online.`,
    )
  const nfs = missing.filter(({scheme}) => scheme === 'nfs')
  return failed(`Configured, but not online: ${labels}.`, {
    code: 'VN-STORE-NOT-ONLINE',
    advice: `VIC takes up a store at boot only${loops ? '' : ', and leaves out one that is dead then without a word'}. Make it mountable, then restart the endpoint VM in vSphere.`,
    fix: nfs.slice(0, 2).map((store) => shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])),
  })
}

async function onlineVerdict({sights}: ExamineContext): Promise<Verdict> {
  const {stores} = await needed(sights.configuration(), WITHOUT_VIC_MACHINE)
  const info = await needed(sights.consumer.info(), WITHOUT_CONSUMER)
  if (info.kind !== 'vch') return notAsked('A plain Docker Engine has no volume stores.')
  return offlineVerdict(stores, info.onlineStores, traitsOf(info.version).bootLoop)
}

/** The consumer VCH as vic-machine and its Docker API show it. */
export async function examineVch(context: ExamineContext): Promise<Check[]> {
  const {sights} = context
  return Promise.all([
    check('vch.found', 'The VCH that is named', () => foundVerdict(context)),
    check('vch.power', 'Power', () => powerVerdict(context)),
    check('vch.boots', 'Has booted', () => bootVerdict(context)),
    check('vch.version', 'Release', async () => {
      const {version} = await needed(sights.identity(), WITHOUT_VIC_MACHINE)
      supportedTraits(version, 'The VCH')
      return ok(`VIC ${version}.`)
    }),
    check('vch.release', "vic-machine's release", () => releaseVerdict(context)),
    check('vch.change', 'Change under way', () => changeVerdict(context)),
    check('vch.stores', 'Volume stores', () => onlineVerdict(context)),
  ])
}

/** S10: what vic-machine changes is what the Docker API shows. */
export async function examineSameVch({adapters, sights, signal}: ExamineContext): Promise<Check[]> {
  const one = await check('same.vch', 'API and target', async () => {
    const {dockerHost} = await needed(sights.inspection(), WITHOUT_VIC_MACHINE)
    const configuration = await needed(sights.configuration(), WITHOUT_VIC_MACHINE)
    const {api} = await needed(sights.consumer.side(), WITHOUT_CONSUMER)
    const info = await sights.consumer.info().catch((error: unknown) => {
      if (isUnreachable(error)) return undefined
      throw error
    })
    if (info?.kind === 'docker-engine') return notAsked('A plain Docker Engine is no VCH.')
    const parts = {sameEndpoint: adapters.sameEndpoint.bind(adapters), consumer: api}
    await proveSame(parts, {info, dockerHost, configuration}, signal)
    return info === undefined
      ? warning(`Both mean ${dockerHost}; the name could not be compared, since the API does not answer.`)
      : ok(`Both mean "${info.name}" at ${dockerHost}.`)
  })
  return [one]
}
