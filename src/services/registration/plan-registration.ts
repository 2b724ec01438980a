import type {Work} from '../../engine/work.js'
import {planStores, planText, type StorePlan} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {nfsStore, parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {storesAt} from './store-place.js'

/** What a registration would do to the stores of a VCH. */
export interface PlannedStore {
  readonly store: VolumeStore
  readonly plan: StorePlan
  /** What the VCH has. */
  readonly existing: readonly VolumeStore[]
}

function planLines(planned: PlannedStore | undefined): readonly string[] {
  return planned?.plan.lines.map(planText) ?? []
}

/** @throws VN-PLAN-REFUSED */
function refuseBadLine(plan: StorePlan): void {
  const bad = plan.lines.find((line) => line.kind === 'refused' || line.kind === 'ignored')
  if (bad === undefined) return
  const message = `The store "${bad.store.label}" cannot be registered so: ${bad.reason ?? ''}.`
  throw new VicnfsError('VN-PLAN-REFUSED', message, {details: {plan: plan.lines.map(planText)}})
}

/** The plan compares places as vic-machine does, to the letter; a twin may hide behind another name of the host. */
async function refuseTwin(existing: readonly VolumeStore[], wish: {label: string; place: ShareAddress}): Promise<void> {
  const [twin] = await storesAt(existing, wish.place, ['same'])
  if (twin === undefined) return
  const message = `The place of "${wish.label}" is registered under the label "${twin.label}".`
  throw new VicnfsError('VN-PLAN-REFUSED', message, {
    reason: `${storeUrl(twin)} is the same place: two stores on one export would delete each other's volumes.`,
  })
}

/**
 * Reads what the VCH has and says what would become of it (S2).
 * @param wish.place without a host where the address is not known yet: the one that the label has now is taken
 * @param options.said an earlier plan of this run, so that the same lines are not shown twice
 * @throws VN-PLAN-REFUSED
 */
export async function planRegistration(
  vch: ConsumerVch,
  wish: {readonly label: string; readonly place: ShareAddress},
  options: {readonly work: Work; readonly said?: PlannedStore | undefined},
): Promise<PlannedStore> {
  const {work, said} = options
  const title = `Read the volume stores of "${vch.name}" and plan`
  return work.step('plan', said === undefined ? title : `${title} again`, async (step) => {
    const {stores: existing} = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    const {label, place} = wish
    const current = existing.find((store) => store.label === label && store.scheme === 'nfs')
    // 192.0.2.0/24 is never anybody's (RFC 5737).
    const host = place.host === '' ? (current?.host ?? '192.0.2.1') : place.host
    const store = nfsStore({...place, label, host})
    const planned = {store, plan: planStores(existing, [store]), existing}
    const lines = planLines(planned)
    const isNews = lines.join('\n') !== planLines(said).join('\n')
    if (isNews && place.host !== '') for (const line of lines) work.note('plan', line)
    refuseBadLine(planned.plan)
    if (planned.plan.added.length > 0 && place.host !== '') await refuseTwin(existing, wish)
    // An argument that does not read back as itself would register something else than what was planned.
    for (const each of planned.plan.stores) parseStoreArgument(each.argument)
    const {added, stores} = planned.plan
    step.note(added.length === 0 ? 'nothing to add' : `1 to add, ${stores.length - 1} to restate`)
    return planned
  })
}

/** Asks for what is for good. @throws VN-CONSENT-MISSING */
export async function askConsent(adapters: Adapters, vch: ConsumerVch, planned: PlannedStore): Promise<void> {
  const consequences = [
    `"${vch.name}" restarts: its Docker API is away for minutes, its containers go on`,
    'a store can be taken away again only by a rollback right after, never changed',
    `uid and gid (${planned.store.query}) are for good`,
    'file locks are not shared between containers',
  ]
  await adapters.confirm({text: `Register "${planned.store.label}" on "${vch.name}"?`, consequences, flag: 'yes'})
}
