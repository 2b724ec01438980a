import {orElse} from '../../engine/or-else.js'
import type {Work} from '../../engine/work.js'
import type {JournalRecord} from '../../journal/entry.js'
import {shellQuote} from '../../model/redaction.js'
import {whyNotUnregistrable, type UnregisterFacts} from '../../model/safety.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument, storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from '../registration/identify-consumer.js'
import {onceBegun} from '../registration/half-done.js'
import {refusalError} from '../registration/refusal-error.js'
import {refuseDeadStores, requireStillAlive} from '../registration/restated-stores.js'
import {closeChange, runChange, type ChangeData} from '../registration/run-change.js'
import {isAsExpected, watchVch, type VchSight} from '../registration/watch-vch.js'
import type {ServerContainer} from '../share/find-server.js'
import {parkCommand, whyNotParkable} from '../exchange/parkable.js'
import {lookAtUse, refuseInUse, useInWords} from './store-use.js'

const STORE_CHANGES = new Set(['configure', 'rollback'])
/** Ends of a change that left the VCH and its snapshots as they were; a configure without effect has left a snapshot. */
const WITHOUT_EFFECT = new Set(['refused', 'never-started'])

function hadEffect({intent, result}: JournalRecord): boolean {
  const state = String(result?.data['state'])
  return !WITHOUT_EFFECT.has(state) && !(intent.action === 'rollback' && state === 'undone')
}

interface LastChange {
  readonly action: string
  readonly completed: boolean
  readonly data: ChangeData
}

/** Our last change of this VCH that had any effect, as the journal has it. */
export function lastChangeOf(history: readonly JournalRecord[]): LastChange | undefined {
  const stateOf = (record: JournalRecord): unknown => record.result?.data['state']
  const last = history.findLast((record) => STORE_CHANGES.has(record.intent.action) && hadEffect(record))
  if (last === undefined) return undefined
  const {action, data} = last.intent
  return {action, completed: stateOf(last) === 'completed', data: data as unknown as ChangeData}
}

/** Stores that are to go, and the server containers that they lie on, as far as these are known. */
export interface Leaving {
  readonly stores: readonly VolumeStore[]
  readonly labels: readonly string[]
  /** How the shares are called; only for what is said. */
  readonly share: string
  readonly servers: readonly ServerContainer[]
  /** The command that goes on from a rollback whose end was not seen; the teardown of the share when absent. */
  readonly again?: string
}

/** Several are parked one by one, each by its own teardown. */
async function waysOnForSeveral(
  adapters: Adapters,
  servers: readonly ServerContainer[],
  signal: AbortSignal,
): Promise<{readonly ways: string; readonly tries: readonly string[]}> {
  const tries: string[] = []
  for (const server of servers) {
    if ('records' in server || (await whyNotParkable(adapters, server, signal)) !== undefined) continue
    tries.push(shellQuote(parkCommand(server.request.name)))
  }
  if (tries.length === 0) return {ways: 'Keep them.', tries: []}
  const ways = 'Keep them, or have an empty server stand in for each, which frees its volume.'
  return {ways, tries: tries.slice(0, 2)}
}

/** What may be done with a share that cannot be un-registered. */
async function waysOn(
  adapters: Adapters,
  {servers}: Leaving,
  signal: AbortSignal,
): Promise<{readonly served: string; readonly ways: string; readonly tries: readonly string[]}> {
  const [server] = servers
  const served = 'goes on being served'
  if (server === undefined) return {served, ways: '', tries: []}
  if (servers.length > 1) return {served, ...(await waysOnForSeveral(adapters, servers, signal))}
  const {name} = server.request
  if ('records' in server) {
    const tries = [shellQuote(['vicnfs', 'expose-volume', name])]
    return {served: 'goes on being parked', ways: 'Keep it parked, or serve its volume again.', tries}
  }
  const notParkable = await whyNotParkable(adapters, server, signal)
  if (notParkable !== undefined) return {served, ways: `Keep it: it cannot be parked either. ${notParkable}`, tries: []}
  const ways = 'Keep it, or have an empty server stand in for it, which frees the volume.'
  return {served, ways, tries: [shellQuote(parkCommand(name))]}
}

/** The refusal with both ways on: keep it, or park it. */
async function notRemovable(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Leaving & {readonly why: string; readonly signal: AbortSignal},
): Promise<VicnfsError> {
  const {labels, share, why, signal} = options
  const use = await orElse(lookAtUse(adapters, vch, options), undefined, {signal})
  const {served, ways, tries} = await waysOn(adapters, options, signal)
  const without = vch.traits.bootLoop
    ? 'Without its server the VCH would not boot again.'
    : 'Without its server every container on it would hang.'
  return new VicnfsError(
    'VN-NOT-REMOVABLE',
    `"${labels.join(', ')}" cannot be un-registered from "${vch.name}", so "${share}" ${served}.`,
    {
      reason: [why, without, use === undefined ? '' : useInWords(use), ways].filter((text) => text !== '').join(' '),
      tries,
      details: {labels, why, use: use ?? null},
    },
  )
}

/** Whether the stores of these labels can be un-registered by rollback. @throws VN-NOT-REMOVABLE with the reason */
export async function requireUnregistrable(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Leaving & {readonly signal: AbortSignal},
): Promise<LastChange> {
  const {stores, labels} = options
  const last = lastChangeOf(await adapters.journal.history(vch.keys))
  const facts: UnregisterFacts = {
    rollback: vch.traits.rollback,
    version: vch.version,
    lastChange: last === undefined ? undefined : {action: last.action, completed: last.completed, ...last.data},
    storesNow: stores.map((store) => store.argument),
    labels,
  }
  const why = whyNotUnregistrable(facts)
  if (why === undefined && last !== undefined) return last
  throw await notRemovable(adapters, vch, {...options, why: why ?? ''})
}

async function askConsent(adapters: Adapters, vch: ConsumerVch, labels: readonly string[]): Promise<void> {
  await adapters.confirm({
    text: `Roll "${vch.name}" back to un-register ${labels.join(', ')}?`,
    consequences: [
      `"${vch.name}" restarts: its Docker API is away for minutes, its containers go on`,
      'other changes made to the VCH since that registration, which vic-machine does not show, may be undone too',
      'the data stays on the volume',
    ],
    flag: 'yes',
  })
}

/** What the rollback of a registration means; its way out is this teardown, not the registration once more. */
function rollbackOf(last: ChangeData, again: string): ChangeData {
  return {
    ...last,
    storesBefore: last.storesAfter,
    storesAfter: last.storesBefore,
    addedLabels: [],
    addedStores: [],
    ...(last.wayOuts === undefined ? {} : {wayOuts: last.wayOuts.map((wayOut) => ({...wayOut, again}))}),
  }
}

/** @throws VN-IN-USE while containers have volumes of the stores, running or not, or other clients are connected */
async function refuseUsed(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Omit<Leaving, 'stores'> & {readonly signal: AbortSignal},
): Promise<void> {
  const use = await lookAtUse(adapters, vch, options)
  refuseInUse(adapters, use, {which: 'all', share: options.share})
}

/** Whether the stores can still go: much may have happened while the operator was being asked. */
async function refuseMeanwhile(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Omit<Leaving, 'stores'> & {readonly signal: AbortSignal},
): Promise<void> {
  const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: options.signal})
  await requireUnregistrable(adapters, vch, {...options, stores})
  await refuseUsed(adapters, vch, options)
}

/**
 * Takes stores away from a VCH by rolling back the configure that added them; checked by what the VCH shows.
 * @throws VN-NOT-REMOVABLE, VN-IN-USE, VN-STORE-DEAD, VN-CONSENT-MISSING, VN-HALF-DONE
 */
export async function unregisterByRollback(
  adapters: Adapters,
  vch: ConsumerVch,
  options: Leaving & {readonly work: Work},
): Promise<void> {
  const {work, labels, share, again = shellQuote(['vicnfs', 'teardown', share])} = options
  const last = await requireUnregistrable(adapters, vch, {...options, signal: work.signal})
  await refuseUsed(adapters, vch, {...options, signal: work.signal})
  const data = rollbackOf(last.data, again)
  const expected = {stores: data.storesAfter.map(parseStoreArgument), labels: []}
  // Those that stay: what becomes of the ones that go does not matter to a VCH that no longer has them.
  const restated = await refuseDeadStores(adapters, vch, {stores: expected.stores, work})
  await askConsent(adapters, vch, labels)
  const change = {kind: 'rollback', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
  work.cutUndo('a rollback has been started')
  await work.step('unregister', `vic-machine rolls "${vch.name}" back`, async (step) => {
    await refuseMeanwhile(adapters, vch, {...options, signal: step.signal})
    await requireStillAlive(adapters, vch, {stores: restated, signal: step.signal})
    const {intent, end} = await runChange(adapters, vch, {change, data, step})
    if (end.claim === 'refused') {
      await closeChange(adapters, vch, {intent, action: change.kind, state: 'refused', claim: end.claim})
      throw refusalError(vch, end, `${again} --reset-progress`)
    }
    const body = (): Promise<VchSight> => watchVch(adapters, vch, {expected, step})
    const sight = await onceBegun(vch, {again, body})
    if (!isAsExpected(sight, expected))
      throw notTaken(vch, {labels, errorLine: end.errorLines.at(-1), stores: expected.stores, again})
    await closeChange(adapters, vch, {intent, action: change.kind, state: 'completed', claim: end.claim})
    step.note(`stores as before: ${expected.stores.map((store) => store.label).join(', ')}`)
  })
}

function notTaken(
  vch: ConsumerVch,
  seen: {
    readonly labels: readonly string[]
    readonly errorLine: string | undefined
    readonly stores: readonly VolumeStore[]
    readonly again: string
  },
): VicnfsError {
  return new VicnfsError(
    'VN-HALF-DONE',
    `The rollback of "${vch.name}" did not lead to the stores as they were; the server container is kept.`,
    {
      reason: seen.errorLine === undefined ? 'vic-machine gave no reason.' : `vic-machine said: ${seen.errorLine}`,
      recovery: [
        `Keep the server container running: "${vch.name}" may still need ${seen.labels.join(', ')}.`,
        `In vSphere, look at the snapshots of the endpoint VM ${vch.id}; revert to the newest "reconfigure for …" and power it on.`,
        `It should then list: ${seen.stores.map(storeUrl).join(', ') || 'no store'}.`,
        `Then run: ${seen.again} --reset-progress`,
      ],
      details: {labels: seen.labels},
    },
  )
}
