import type {Work} from '../../engine/work.js'
import {planText} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {ensureProofImage} from '../verification/proof-image.js'
import {passPreflight} from '../preflight-url.js'
import {claimExport, disclaimAfterConfigure} from './claim-export.js'
import {configureStores} from './configure-stores.js'
import type {ConsumerVch} from './identify-consumer.js'
import {askConsent, planRegistration, type PlannedStore} from './plan-registration.js'
import {recoverySteps, wayOutOf} from './recovery-steps.js'
import type {SettleConsents} from './settle.js'
import {makeShareDirectory} from './share-directory.js'
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
  /** Image of the proof that follows: without it on the VCH nothing is configured. */
  readonly proofImage?: string
  /** The place is this directory of a share, made for this VCH alone. */
  readonly directory?: {readonly name: string; readonly root: ShareAddress}
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

async function makeDirectory(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {wish: RegisterWish; work: Work},
): Promise<void> {
  const {wish, work} = options
  const {directory} = wish
  if (directory === undefined) return
  await makeShareDirectory(adapters, directory.root, {name: directory.name, keys: vch.keys, work})
}

/** What has to be there before configure: the image of the proof, and the directory. */
async function makeReady(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {wish: RegisterWish; work: Work},
): Promise<void> {
  const {wish, work} = options
  const {proofImage} = wish
  if (proofImage !== undefined) await ensureProofImage(adapters.consumer, proofImage, work)
  await makeDirectory(adapters, vch, {wish, work})
}

/**
 * Registers a mountable share as a volume store of the consumer VCH and sees to it that the VCH really uses it.
 * @param vch identified and settled, its API answering
 * @param options.agreed the plan that this run has asked consent for already
 * @throws VN-PLAN-REFUSED, VN-NFS-…, VN-OTHER-CONSUMER, VN-CONFIGURE-REFUSED, VN-ROLLED-BACK, VN-HALF-DONE
 */
export async function registerShare(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly wish: RegisterWish; readonly work: Work; readonly agreed?: PlannedStore | undefined},
): Promise<RegisterResult> {
  const {wish, work, agreed} = options
  const planned = await planRegistration(vch, wish, {work, said: agreed})
  const {plan, store} = planned
  const url = store.argument.slice(0, store.argument.lastIndexOf(':'))
  const result = {label: wish.label, url, vch: vch.name, plan: plan.lines.map(planText)}
  if (plan.added.length === 0) {
    work.cutUndo(`"${vch.name}" lists this share, so it needs the server container`)
    if (wish.dryRun !== true) await makeDirectory(adapters, vch, {wish, work})
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
  if (agreed === undefined || agreed.plan.added.length === 0) await askConsent(adapters, vch, planned)
  await makeReady(adapters, vch, {wish, work})
  await work.step('preflight', 'Replay the calls of a booting VCH (preflight)', (step) =>
    passPreflight(adapters.nfs, wish.place, {step, rungTimeoutMs: adapters.limits.stepTimeoutMs}),
  )
  try {
    await claimExport(adapters, vch, wish, work)
    await configureStores(adapters, vch, {wish, plan, change, work})
  } catch (error) {
    await disclaimAfterConfigure(adapters, vch, {wish, work, error})
    throw error
  }
  return {...result, outcome: 'registered'}
}
