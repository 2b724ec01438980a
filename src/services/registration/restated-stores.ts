import type {Work} from '../../engine/work.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {lookFromVch} from '../preflight-from-vch.js'
import {deadStoreError} from './dead-store.js'
import type {ConsumerVch} from './identify-consumer.js'
import {lookAtStores, lookOf, type StoreLook} from './store-look.js'

interface LookOptions {
  /** All that the VCH will have to mount when it boots, but for what is looked at on its own. */
  readonly stores: readonly VolumeStore[]
  readonly work: Work
  /** A container of this image on the VCH looks where this machine sees no living server (`--from vch`). */
  readonly fromVch?: {readonly image: string} | undefined
  /** This run has said already what it cannot see. */
  readonly isSaid?: boolean
}

/** What the VCH says where this machine cannot tell, or sees nobody. */
async function askVch(
  adapters: Adapters,
  looks: readonly StoreLook[],
  {work, image}: {readonly work: Work; readonly image: string},
): Promise<readonly StoreLook[]> {
  // Without a rung there is no place to ask about.
  const asked = looks.filter(({state, rung}) => state !== 'alive' && rung !== undefined).map(({store}) => store)
  if (asked.length === 0) return looks
  const reports = await lookFromVch(adapters, asked, {image, work})
  return looks.map((look) => {
    const report = reports.get(look.store)
    if (report === undefined) return look
    const seen = lookOf(look.store, report)
    // What the VCH itself cannot reach, it cannot reach when it boots.
    return seen.state === 'out-of-sight' ? {...seen, state: 'dead'} : seen
  })
}

/**
 * Nobody sees a store that this machine cannot reach and that the VCH does not list as online; one that it lists was
 * there when it booted, and no route from here does not mean that it is dead.
 */
async function withOnlineStores(
  adapters: Adapters,
  looks: readonly StoreLook[],
  signal: AbortSignal,
): Promise<readonly StoreLook[]> {
  if (looks.every(({state}) => state !== 'out-of-sight')) return looks
  const {onlineStores} = await adapters.consumer.info({signal})
  return looks.map((look) => {
    if (look.state !== 'out-of-sight' || onlineStores.includes(look.store.label)) return look
    return {...look, state: 'dead', finding: `${look.finding}; nor does the VCH list it as online`}
  })
}

function warn(vch: ConsumerVch, looks: readonly StoreLook[], {work, fromVch}: LookOptions): void {
  for (const {store, state, finding} of looks) {
    const which = `The server of the store "${store.label}" (${storeUrl(store)})`
    if (state === 'dead') {
      work.note('warning', `${which} is not there; "${vch.name}" will leave the store out in silence: ${finding}`)
    } else if (state === 'out-of-sight') {
      const way = fromVch === undefined ? ' (register-store --from vch lets the VCH look)' : ''
      work.note('warning', `${which} cannot be seen from this machine${way}: ${finding}`)
    }
  }
}

/**
 * Looks at the servers of all other NFS stores before the VCH is restarted by our choice. From VIC 1.5.2 on one dead
 * store keeps the VCH from booting (facts/vic-machine.md § 3), whoever registered it; before, it is left out in silence.
 * Refused only for what fails for every client; what may only seem so from this machine is a warning.
 * @returns the stores that this machine sees alive, for the last look right before the change
 * @throws VN-STORE-DEAD
 */
export async function refuseDeadStores(
  adapters: Adapters,
  vch: ConsumerVch,
  options: LookOptions,
): Promise<readonly VolumeStore[]> {
  const {work, fromVch} = options
  const stores = options.stores.filter(({scheme}) => scheme === 'nfs')
  if (stores.length === 0) return []
  const {stepTimeoutMs} = adapters.limits
  const title = `Look at the servers of the other NFS stores of "${vch.name}"`
  const fromHere = await work.step('restated', title, async (step) => {
    const looks = await lookAtStores(adapters.nfs, stores, {stepTimeoutMs, signal: step.signal})
    const alive = looks.filter(({state}) => state === 'alive').length
    step.unchanged(`${alive} of ${looks.length} can be mounted, as far as this machine sees`)
    return looks
  })
  const asked = fromVch === undefined ? fromHere : await askVch(adapters, fromHere, {work, image: fromVch.image})
  const looks = await withOnlineStores(adapters, asked, work.signal)
  const dead = looks.filter(({state}) => state === 'dead')
  if (dead.length > 0 && vch.traits.bootLoop) throw await deadStoreError(adapters, vch, {dead, signal: work.signal})
  if (options.isSaid !== true) warn(vch, looks, options)
  return fromHere.filter(({state}) => state === 'alive').map(({store}) => store)
}

/**
 * The last look, right before the change: minutes may have gone by over a question or a pull.
 * @param stores those that `refuseDeadStores` saw alive
 * @throws VN-STORE-DEAD
 */
export async function requireStillAlive(
  adapters: Adapters,
  vch: ConsumerVch,
  {stores, signal}: {readonly stores: readonly VolumeStore[]; readonly signal: AbortSignal},
): Promise<void> {
  if (!vch.traits.bootLoop) return
  const {stepTimeoutMs} = adapters.limits
  const looks = await lookAtStores(adapters.nfs, stores, {stepTimeoutMs, signal})
  const dead = looks.filter(({state}) => state === 'dead')
  if (dead.length > 0) throw await deadStoreError(adapters, vch, {dead, signal})
}
