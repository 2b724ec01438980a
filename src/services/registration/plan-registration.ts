import type {Work} from '../../engine/work.js'
import {planStores, planText, type StorePlan} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {nfsStore, parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {storesAt} from './store-place.js'

/** What a registration would do to the stores of a VCH. */
export interface PlannedStores {
  /** The stores that are wanted, in the order asked for. */
  readonly wanted: readonly VolumeStore[]
  readonly plan: StorePlan
  /** What the VCH has. */
  readonly existing: readonly VolumeStore[]
}

interface Wanted {
  readonly label: string
  /** Without a host where the address is not known yet. */
  readonly place: ShareAddress
}

function planLines(planned: PlannedStores | undefined): readonly string[] {
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
async function refuseTwin(
  others: readonly VolumeStore[],
  {label, place}: Wanted,
  {signal}: {readonly signal: AbortSignal},
): Promise<void> {
  const [twin] = await storesAt(others, place, {relations: ['same'], signal})
  if (twin === undefined) return
  const message = `The place of "${label}" is registered under the label "${twin.label}".`
  throw new VicnfsError('VN-PLAN-REFUSED', message, {
    reason: `${storeUrl(twin)} is the same place: two stores on one export would delete each other's volumes.`,
  })
}

/** vic-machine takes the last of two stores of one label without a word (facts/vic-machine.md § 2.1). @throws VN-PLAN-REFUSED */
function refuseLabelTwice(wishes: readonly Wanted[]): void {
  const labels = wishes.map(({label}) => label)
  const twice = labels.find((label, index) => labels.indexOf(label) !== index)
  if (twice !== undefined) throw new VicnfsError('VN-PLAN-REFUSED', `The label "${twice}" is asked for twice.`)
}

/** A store as wanted; where its address is not known yet, the one that the label has now is taken. */
function storeOf({label, place}: Wanted, existing: readonly VolumeStore[]): VolumeStore {
  const current = existing.find((store) => store.label === label && store.scheme === 'nfs')
  // 192.0.2.0/24 is never anybody's (RFC 5737).
  const host = place.host === '' ? (current?.host ?? '192.0.2.1') : place.host
  return nfsStore({...place, label, host})
}

function summary({added, stores}: StorePlan): string {
  return added.length === 0 ? 'nothing to add' : `${added.length} to add, ${stores.length - added.length} to restate`
}

/**
 * Reads what the VCH has and says what would become of it (S2).
 * @param wishes the stores that are wanted, all for one configure
 * @param options.said an earlier plan of this run, so that the same lines are not shown twice
 * @throws VN-PLAN-REFUSED
 */
export async function planRegistration(
  vch: ConsumerVch,
  wishes: readonly Wanted[],
  options: {readonly work: Work; readonly said?: PlannedStores | undefined},
): Promise<PlannedStores> {
  const {work, said} = options
  const title = `Read the volume stores of "${vch.name}" and plan`
  return work.step('plan', said === undefined ? title : `${title} again`, async (step) => {
    refuseLabelTwice(wishes)
    const {stores: existing} = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    const wanted = wishes.map((wish) => storeOf(wish, existing))
    const planned = {wanted, plan: planStores(existing, wanted), existing}
    const lines = planLines(planned)
    const isNews = lines.join('\n') !== planLines(said).join('\n')
    const known = wishes.filter(({place}) => place.host !== '')
    if (isNews && known.length > 0) for (const line of lines) work.note('plan', line)
    refuseBadLine(planned.plan)
    const added = new Set(planned.plan.added.map(({label}) => label))
    for (const wish of known.filter(({label}) => added.has(label))) {
      const others = planned.plan.stores.filter(({label}) => label !== wish.label)
      await refuseTwin(others, wish, step)
    }
    // An argument that does not read back as itself would register something else than what was planned.
    for (const each of planned.plan.stores) parseStoreArgument(each.argument)
    step.note(summary(planned.plan))
    return planned
  })
}

/** Asks for what is for good. @throws VN-CONSENT-MISSING */
export async function askConsent(adapters: Adapters, vch: ConsumerVch, {plan}: PlannedStores): Promise<void> {
  const labels = plan.added.map(({label}) => `"${label}"`).join(', ')
  const owners = [...new Set(plan.added.map(({query}) => query))].join('; ')
  const consequences = [
    `"${vch.name}" restarts: its Docker API is away for minutes, its containers go on`,
    vch.traits.rollback
      ? 'a store can be taken away again only by a rollback right after, never changed'
      : `a store can never be taken away or changed: VIC ${vch.version} cannot roll back`,
    `uid and gid (${owners}) are for good`,
    ...(vch.traits.bootLoop ? ['from now on the VCH boots only while every one of its stores is reachable'] : []),
    'file locks are not shared between containers',
  ]
  await adapters.confirm({text: `Register ${labels} on "${vch.name}"?`, consequences, flag: 'yes'})
}
