import type {Work} from '../../engine/work.js'
import {planStores, planText, type StorePlan} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {nfsStore, parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {passPreflight} from '../preflight-url.js'
import {configureStores} from './configure-stores.js'
import type {ConsumerVch} from './identify-consumer.js'
import {admitConsumer, onShare, removeOwnRecord, writeRecord} from './record.js'
import {recoverySteps, wayOutOf} from './recovery-steps.js'
import type {SettleConsents} from './settle.js'
import {storesAt} from './store-place.js'
import {refuseUsedDirectories} from './share-directory.js'
import {lookAtVch} from './watch-vch.js'

export interface RegisterConsents extends SettleConsents {
  readonly allowSelfHosted: boolean
  readonly addressReserved: boolean
  readonly adoptStore: boolean
}

export interface RegisterWish {
  readonly label: string
  readonly place: ShareAddress
  /** Name of the share, when the server container is one of ours; only for what is said. */
  readonly share?: string
  /** The command that starts its server container again; only for what is said. */
  readonly startCommand?: string
  readonly consents: RegisterConsents
  readonly dryRun?: boolean
  /** The place is a directory of the share, not its root. */
  readonly isDirectory?: boolean
}

export interface RegisterResult {
  readonly outcome: 'registered' | 'unchanged' | 'planned'
  readonly label: string
  readonly url: string
  readonly vch: string
  readonly plan: readonly string[]
  /** The exact command, redacted; only for a dry run. */
  readonly command?: string
}

interface Planned {
  readonly store: VolumeStore
  readonly plan: StorePlan
}

/** Seconds before configure: what the VCH has, and what would become of it (S2). @throws VN-PLAN-REFUSED */
async function makePlan(vch: ConsumerVch, wish: RegisterWish, work: Work): Promise<Planned> {
  return work.step('plan', `Read the volume stores of "${vch.name}" and plan`, async (step) => {
    const configuration = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    const {host, path, uid, gid} = wish.place
    const store = nfsStore({label: wish.label, host, path, uid, gid})
    const plan = planStores(configuration.stores, [store])
    for (const line of plan.lines) work.note('plan', planText(line))
    if (plan.added.length > 0) await refuseTwin(configuration.stores, wish)
    const bad = plan.lines.find((line) => line.kind === 'refused' || line.kind === 'ignored')
    if (bad !== undefined) {
      throw new VicnfsError(
        'VN-PLAN-REFUSED',
        `The store "${bad.store.label}" cannot be registered so: ${bad.reason ?? ''}.`,
        {
          details: {plan: plan.lines.map(planText)},
        },
      )
    }
    // An argument that does not read back as itself would register something else than what was planned.
    for (const each of plan.stores) parseStoreArgument(each.argument)
    step.note(plan.added.length === 0 ? 'nothing to add' : `1 to add, ${plan.stores.length - 1} to restate`)
    return {store, plan}
  })
}

/** The plan compares places as vic-machine does, to the letter; a twin may hide behind another name of the host. */
async function refuseTwin(existing: readonly VolumeStore[], wish: RegisterWish): Promise<void> {
  const [twin] = await storesAt(existing, wish.place, ['same'])
  if (twin === undefined) return
  throw new VicnfsError(
    'VN-PLAN-REFUSED',
    `The place of "${wish.label}" is registered under the label "${twin.label}".`,
    {
      reason: `${storeUrl(twin)} is the same place: two stores on one export would delete each other's volumes.`,
    },
  )
}

async function confirmUnchanged(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly store: VolumeStore; readonly work: Work},
): Promise<void> {
  const {wish, store, work} = options
  await work.step('online', `Look whether "${wish.label}" is online`, async (step) => {
    const sight = await lookAtVch(adapters, vch, step.signal)
    if (!sight.online.includes(wish.label)) {
      const wayOut = wayOutOf(wish, store, {selfHosted: false})
      throw new VicnfsError(
        'VN-STORE-NOT-ONLINE',
        `The store "${wish.label}" is configured on "${vch.name}", but not online.`,
        {
          recovery: recoverySteps(vch, {store, wayOut}, {running: true, mayBeOff: false}),
        },
      )
    }
    step.unchanged('registered and online')
  })
}

async function claimExport(adapters: Adapters, vch: ConsumerVch, wish: RegisterWish, work: Work): Promise<void> {
  await work.step('record', 'Write on the share which VCH uses it', async (step) => {
    const {place} = wish
    const {signal} = step
    await onShare(adapters, place, {
      signal,
      body: async (session) => {
        if (wish.isDirectory !== true) await refuseUsedDirectories(session)
        await admitConsumer(vch, session, {...wish, adoptStore: wish.consents.adoptStore, signal})
        step.undo('take the record off the share', (options) => disclaimExport(adapters, vch, {wish, ...options}))
        await writeRecord(vch, session, {label: wish.label, place})
      },
    })
    step.note(`${vch.name} as "${wish.label}"`)
  })
}

/** Takes our record back once `inspect config` shows no store at its place, however configure ended (DESIGN § 4). */
async function disclaimExport(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly signal: AbortSignal},
): Promise<void> {
  const {wish, signal} = options
  const configuration = await vch.access.program.inspectConfig(vch.selector, {signal})
  if ((await storesAt(configuration.stores, wish.place, ['same'])).length > 0) return
  await onShare(adapters, wish.place, {signal, body: (session) => removeOwnRecord(vch, session)})
}

/** The same after the undo stack was cut: a server that is down does not hide how configure ended. */
async function disclaimAfterConfigure(
  adapters: Adapters,
  vch: ConsumerVch,
  wish: RegisterWish,
  work: Work,
): Promise<void> {
  if (!work.undoIsCut || work.signal.aborted) return
  try {
    await disclaimExport(adapters, vch, {wish, signal: AbortSignal.timeout(adapters.limits.stepTimeoutMs * 3)})
  } catch {
    work.note(
      'warning',
      'The record on the share could not be taken back; the next register-store or teardown does it.',
    )
  }
}

async function askConsent(adapters: Adapters, vch: ConsumerVch, planned: Planned): Promise<void> {
  const consequences = [
    `"${vch.name}" restarts: its Docker API is away for minutes, its containers go on`,
    'a store can be taken away again only by a rollback right after, never changed',
    `uid and gid (${planned.store.query}) are for good`,
    'file locks are not shared between containers',
  ]
  await adapters.confirm({text: `Register "${planned.store.label}" on "${vch.name}"?`, consequences, flag: 'yes'})
}

/**
 * Registers a mountable share as a volume store of the consumer VCH and sees to it that the VCH really uses it.
 * @param vch identified and settled, its API answering
 * @throws VN-PLAN-REFUSED, VN-NFS-…, VN-OTHER-CONSUMER, VN-CONFIGURE-REFUSED, VN-ROLLED-BACK, VN-HALF-DONE
 */
export async function registerShare(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly work: Work},
): Promise<RegisterResult> {
  const {wish, work} = options
  const planned = await makePlan(vch, wish, work)
  const {plan, store} = planned
  const url = store.argument.slice(0, store.argument.lastIndexOf(':'))
  const result = {label: wish.label, url, vch: vch.name, plan: plan.lines.map(planText)}
  if (plan.added.length === 0) {
    work.cutUndo(`"${vch.name}" lists this share, so it needs the server container`)
    await confirmUnchanged(adapters, vch, {wish, store, work})
    if (wish.dryRun !== true) await claimExport(adapters, vch, wish, work)
    return {...result, outcome: 'unchanged'}
  }
  const change = {
    kind: 'configure',
    vch: vch.selector,
    stores: plan.stores,
    timeoutMs: adapters.limits.vicMachineTimeoutMs,
  } as const
  if (wish.dryRun === true) return {...result, outcome: 'planned', command: vch.access.program.commandLine(change)}
  await work.step('preflight', 'Replay the calls of a booting VCH (preflight)', (step) =>
    passPreflight(adapters.nfs, wish.place, {step, rungTimeoutMs: adapters.limits.stepTimeoutMs}),
  )
  await askConsent(adapters, vch, planned)
  await claimExport(adapters, vch, wish, work)
  try {
    await configureStores(adapters, vch, {wish, plan, change, work})
  } catch (error) {
    await disclaimAfterConfigure(adapters, vch, wish, work)
    throw error
  }
  return {...result, outcome: 'registered'}
}
