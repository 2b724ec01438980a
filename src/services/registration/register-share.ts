import type {Work} from '../../engine/work.js'
import {planText} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {ensureProofImage} from '../verification/proof-image.js'
import {claimExport, disclaimAfterConfigure} from './claim-export.js'
import {configureStores} from './configure-stores.js'
import type {ConsumerVch} from './identify-consumer.js'
import {passPreflightOf} from './pass-preflight.js'
import {askConsent, planRegistration, type PlannedStores} from './plan-registration.js'
import {recoverySteps, wayOutOf} from './recovery-steps.js'
import type {Registration, RegisterWish} from './register-wish.js'
import {refuseDeadStores} from './restated-stores.js'
import {makeShareDirectory} from './share-directory.js'
import {lookAtVch} from './watch-vch.js'

/** What became of one store. */
export interface RegisteredStore {
  readonly outcome: 'registered' | 'unchanged' | 'planned'
  readonly label: string
  readonly url: string
}

/** What became of stores that were wanted on one VCH. */
export interface RegisteredStores {
  readonly vch: string
  readonly plan: readonly string[]
  readonly stores: readonly RegisteredStore[]
  /** The exact command, redacted; only for a dry run in which something is to be added. */
  readonly command?: string
}

interface Registering {
  readonly registration: Registration
  readonly planned: PlannedStores
  readonly work: Work
}

const isAdded = ({plan}: PlannedStores, label: string): boolean => plan.added.some((store) => store.label === label)

/** Steps of one store among several say whose they are, and no longer tell each rung that was climbed. */
function workOf(work: Work, {wishes}: Registration, {label}: RegisterWish): Work {
  if (wishes.length === 1) return work
  const step: Work['step'] = (id, title, body) => work.step(id, `${label}: ${title}`, body)
  const note: Work['note'] = (level, text) => work.note(level === 'plan' ? 'detail' : level, `${label}: ${text}`)
  return Object.assign(Object.create(work) as Work, {step, note})
}

async function forEachWish(
  {registration, work}: Pick<Registering, 'registration' | 'work'>,
  body: (wish: RegisterWish, work: Work) => Promise<void>,
): Promise<void> {
  for (const wish of registration.wishes) await body(wish, workOf(work, registration, wish))
}

function notOnline(
  vch: ConsumerVch,
  registration: Registration,
  offline: readonly {readonly wish: RegisterWish; readonly store: VolumeStore}[],
): VicnfsError {
  const {consents, fromVch, command} = registration
  const labels = offline.map(({wish}) => `"${wish.label}"`).join(', ')
  const message = `The store ${labels} ${offline.length === 1 ? 'is' : 'are'} configured on "${vch.name}", but not online.`
  const asked = {consents, selfHosted: false, fromVch, command}
  const stranded = offline.map(({wish, store}) => ({store, wayOut: wayOutOf(wish, asked)}))
  return new VicnfsError('VN-STORE-NOT-ONLINE', message, {
    recovery: recoverySteps(vch, stranded, {running: true, power: 'on'}),
  })
}

/** @throws VN-STORE-NOT-ONLINE */
async function confirmUnchanged(adapters: Adapters, vch: ConsumerVch, options: Registering): Promise<void> {
  const {registration, planned, work} = options
  const {wishes} = registration
  const what = wishes.length === 1 ? `"${wishes[0]?.label ?? ''}" is` : `${wishes.length} stores are`
  await work.step('online', `Look whether ${what} online`, async (step) => {
    const sight = await lookAtVch(adapters, vch, step.signal)
    const all = wishes.flatMap((wish, index) => {
      const store = planned.wanted[index]
      return store === undefined ? [] : [{wish, store}]
    })
    const offline = all.filter(({wish}) => !sight.online.includes(wish.label))
    if (offline.length > 0) throw notOnline(vch, registration, offline)
    step.unchanged('registered and online')
  })
}

async function makeDirectory(adapters: Adapters, vch: ConsumerVch, options: {wish: RegisterWish; work: Work}) {
  const {wish, work} = options
  const {directory} = wish
  if (directory === undefined) return
  await makeShareDirectory(adapters, directory.root, {name: directory.name, keys: vch.keys, work})
}

/** Everything is there already: directories and records may still be missing. */
async function keepAsItIs(adapters: Adapters, vch: ConsumerVch, options: Registering): Promise<void> {
  const {registration} = options
  const {dryRun = false, consents} = registration
  if (!dryRun) await forEachWish(options, (wish, own) => makeDirectory(adapters, vch, {wish, work: own}))
  await confirmUnchanged(adapters, vch, options)
  if (!dryRun) await forEachWish(options, (wish, own) => claimExport(adapters, vch, {wish, consents, work: own}))
}

/** What has to be there before configure: the image of the proof, the directories, and mountable shares (S3). */
async function makeReady(adapters: Adapters, vch: ConsumerVch, options: Registering): Promise<void> {
  const {registration, work} = options
  const {proofImage} = registration
  if (proofImage !== undefined) await ensureProofImage(adapters.consumer, proofImage, work)
  await forEachWish(options, async (wish, own) => {
    await makeDirectory(adapters, vch, {wish, work: own})
    await passPreflightOf(adapters, wish, {work: own, registration})
  })
}

async function addStores(adapters: Adapters, vch: ConsumerVch, options: Registering & {agreed: boolean}) {
  const {registration, planned, work, agreed} = options
  const {plan} = planned
  const {consents, dryRun = false} = registration
  const {vicMachineTimeoutMs: timeoutMs} = adapters.limits
  const change = {kind: 'configure', vch: vch.selector, stores: plan.stores, timeoutMs} as const
  const {existing: stores} = planned
  const {fromVch} = registration
  if (dryRun) {
    // A dry run starts no container, so it cannot tell what the VCH would see.
    if (fromVch === undefined) await refuseDeadStores(adapters, vch, {stores, work})
    return vch.access.program.commandLine(change)
  }
  // Before the question: what would be refused anyhow is not asked about.
  const restated = await refuseDeadStores(adapters, vch, {stores, work, fromVch, isSaid: agreed})
  if (!agreed) await askConsent(adapters, vch, planned)
  await makeReady(adapters, vch, options)
  try {
    await forEachWish(options, (wish, own) => claimExport(adapters, vch, {wish, consents, work: own}))
    await configureStores(adapters, vch, {registration, plan, change, restated, work})
  } catch (error) {
    const wishes = registration.wishes.filter(({label}) => isAdded(planned, label))
    for (const wish of wishes) await disclaimAfterConfigure(adapters, vch, {wish, work, error})
    throw error
  }
  return undefined
}

/**
 * Registers mountable shares as volume stores of the consumer VCH, all by one configure, and sees to it that the VCH
 * really uses them.
 * @param vch identified and settled, its API answering
 * @param options.agreed the plan that this run has asked consent for already
 * @throws VN-PLAN-REFUSED, VN-STORE-DEAD, VN-NFS-…, VN-OTHER-CONSUMER, VN-CONFIGURE-REFUSED, VN-ROLLED-BACK, VN-HALF-DONE
 */
export async function registerShares(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    readonly registration: Registration
    readonly work: Work
    readonly agreed?: PlannedStores | undefined
  },
): Promise<RegisteredStores> {
  const {registration, work, agreed} = options
  const planned = await planRegistration(vch, registration.wishes, {work, said: agreed})
  const registering = {registration, planned, work}
  const {plan} = planned
  const isAgreed = agreed !== undefined && agreed.plan.added.length > 0
  // Also where others of this registration are new: no server of a listed store may go with a failure of theirs (S4).
  if (planned.wanted.some(({label}) => !isAdded(planned, label)))
    work.cutUndo(`"${vch.name}" lists a share of these, so it needs the server container`)
  let command: string | undefined
  if (plan.added.length === 0) await keepAsItIs(adapters, vch, registering)
  else command = await addStores(adapters, vch, {...registering, agreed: isAgreed})
  const done = registration.dryRun === true ? 'planned' : 'registered'
  const stores = planned.wanted.map((store): RegisteredStore => {
    const outcome = isAdded(planned, store.label) ? done : 'unchanged'
    const current = plan.stores.find(({label}) => label === store.label) ?? store
    return {outcome, label: store.label, url: storeUrl(current)}
  })
  return {vch: vch.name, plan: plan.lines.map(planText), stores, ...(command === undefined ? {} : {command})}
}
