import {orElse} from '../engine/or-else.js'
import {runWork, type Work} from '../engine/work.js'
import type {JournalRecord} from '../journal/entry.js'
import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'
import type {VolumeStore} from '../model/volume-store.js'
import type {Adapters, ServiceOptions} from './adapters.js'
import {identifyConsumer, type ConsumerVch} from './registration/identify-consumer.js'
import {withReadyConsumer} from './registration/ready-consumer.js'
import {openChanges, type SettleConsents} from './registration/settle.js'
import {takeRecordsBack} from './registration/take-records-back.js'
import {lookAtUse, refuseInUse} from './removal/store-use.js'
import {unregisterByRollback} from './removal/unregister.js'
import {idleServers, serversBehind} from './rollback/idle-servers.js'
import {planRollback, refuseNewer, rollbackLines, type RollbackPlan} from './rollback/last-registration.js'
import {mendedResult, withMending} from './rollback/mend-earlier.js'
import {recordsLeft} from './rollback/records-left.js'
import {labelsOf, ROLLBACK_COMMAND, shownStores, type RollbackResult} from './rollback/result.js'
import {endpointKey, withVchLock} from './vch-lock.js'

export type {RollbackResult}

export interface RollbackOptions {
  readonly consents: SettleConsents
  readonly dryRun: boolean
}

/** What a rollback takes away, with the server containers behind it; a server VCH that does not answer hides them only. */
async function leaving(adapters: Adapters, gone: readonly VolumeStore[], signal: AbortSignal) {
  const behind = await orElse(serversBehind(adapters, gone, signal), [], {signal})
  const servers = [...new Map(behind.map(({server}) => [server.container.id, server])).values()]
  const labels = labelsOf(gone)
  return {labels, servers, share: servers.map(({request}) => request.name).join(', ') || labels.join(', ')}
}

/** Reads the stores and says what would become of them. @throws VN-NOT-REMOVABLE, VN-IN-USE */
async function plan(adapters: Adapters, vch: ConsumerVch, work: Work): Promise<RollbackPlan> {
  return work.step('plan', `Read the volume stores of "${vch.name}" and its last registration`, async (step) => {
    const {stores} = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    const planned = await planRollback(adapters, vch, stores)
    if (planned.isDone) {
      step.unchanged('nothing to roll back')
      return planned
    }
    for (const line of rollbackLines(planned)) work.note('plan', line)
    const {labels, servers, share} = await leaving(adapters, planned.gone, step.signal)
    const use = await lookAtUse(adapters, vch, {servers, labels, signal: step.signal})
    refuseInUse(adapters, use, {which: 'all', share})
    step.unchanged(`${planned.gone.length} to remove`)
    return planned
  })
}

/** The record goes as soon as the VCH shows no store at its place; also for a run that came no further (S6). */
async function clearRecords(adapters: Adapters, vch: ConsumerVch, options: {gone: readonly VolumeStore[]; work: Work}) {
  const {work} = options
  const gone = await recordsLeft(adapters.journal, vch, options.gone)
  if (gone.length === 0) return
  await work.step('record', 'Take the record off the share', async (step) => {
    const {stores: listed} = await vch.access.program.inspectConfig(vch.selector, {signal: step.signal})
    await takeRecordsBack(adapters, vch, {gone, listed, work})
  })
}

async function rollBack(
  adapters: Adapters,
  vch: ConsumerVch,
  {work, known}: Pick<Context, 'work' | 'known'>,
): Promise<RollbackResult> {
  await refuseNewer(adapters.journal, vch, known)
  const planned = await plan(adapters, vch, work)
  const {gone, kept, isDone} = planned
  const labels = labelsOf(gone)
  if (!isDone) {
    const left = {...(await leaving(adapters, gone, work.signal)), stores: [...kept, ...gone]}
    await unregisterByRollback(adapters, vch, {...left, again: ROLLBACK_COMMAND, work})
  }
  await clearRecords(adapters, vch, {gone, work})
  return {
    outcome: isDone ? 'unchanged' : 'rolled-back',
    vch: vch.name,
    labels,
    stores: shownStores(kept),
    plan: isDone ? [] : rollbackLines(planned),
    mended: false,
    idle: await idleServers(adapters, gone, work.signal),
  }
}

/** Looks only; nothing of an earlier run is settled, since that may change the VCH. @throws VN-VCH-DOWN */
async function planOnly(adapters: Adapters, work: Work): Promise<RollbackResult> {
  const vch = await identifyConsumer(adapters, {work})
  if (vch.presence !== 'up') {
    throw new VicnfsError('VN-VCH-DOWN', `The VCH "${vch.name}" does not answer at ${vch.endpoint}.`, {
      reason: 'A dry run only looks; the command without --dry-run settles what an earlier run has begun.',
    })
  }
  const open = (await openChanges(adapters.journal, vch.keys)).map(({action}) => action)
  if (open.length > 0) {
    const text = `An earlier run began a change that is not settled (${open.join(', ')}): the real run does that first.`
    work.note('warning', text)
  }
  const planned = await plan(adapters, vch, work)
  const change = {kind: 'rollback', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
  const command = vch.access.program.commandLine(change)
  return {
    outcome: planned.isDone ? 'unchanged' : 'planned',
    vch: vch.name,
    labels: labelsOf(planned.gone),
    stores: shownStores(planned.kept),
    plan: planned.isDone ? [] : rollbackLines(planned),
    mended: false,
    idle: [],
    ...(planned.isDone ? {} : {command}),
  }
}

interface Context {
  readonly work: Work
  readonly held: ReadonlySet<string>
  /** What the operator can have meant. */
  readonly known: ReadonlySet<string>
}

/** Settling comes first, and may be all that there is to do. */
async function settleAndRollBack(
  adapters: Adapters,
  consents: SettleConsents,
  context: Context,
): Promise<RollbackResult> {
  const {work} = context
  const state = {isSettled: false}
  const body = (vch: ConsumerVch): Promise<RollbackResult> => {
    state.isSettled = true
    return rollBack(adapters, vch, context)
  }
  try {
    return await withReadyConsumer(adapters, consents, {...context, body})
  } catch (error) {
    if (state.isSettled || !isVicnfsError(error)) throw error
    if (error.kind === 'rolled-back') return mendedResult(adapters, error, work)
    const mayMend = error.kind === 'half-done' && !consents.resetProgress && !consents.noRollback
    throw mayMend ? await withMending(adapters, error, work) : error
  }
}

/** What was in the journal when the command was typed, but for what others have ended before it was its turn. */
function knownOf(typed: readonly JournalRecord[], now: readonly JournalRecord[]): Set<string> {
  const ended = new Set(now.filter(({result}) => result !== undefined).map(({intent}) => intent.id))
  const known = typed.filter(({intent, result}) => result !== undefined || !ended.has(intent.id))
  return new Set(known.map(({intent}) => intent.id))
}

/**
 * Takes the last registration of the consumer VCH back, by `vic-machine configure --rollback`; its server containers go
 * on, since nothing but `inspect config` decides that nobody needs them (S4).
 * @throws VN-NOT-REMOVABLE, VN-IN-USE, VN-CONSENT-MISSING, VN-HALF-DONE, VN-STORE-NOT-ONLINE
 */
export async function rollbackRegistration(
  options: RollbackOptions,
  adapters: Adapters,
  serviceOptions: ServiceOptions,
): Promise<RollbackResult> {
  return runWork(async (work) => {
    const keys = [adapters.server, adapters.consumer].map(({endpoint}) => endpointKey(endpoint))
    const typed = await adapters.journal.history()
    const body = async (held: ReadonlySet<string>): Promise<RollbackResult> => {
      if (options.dryRun) return planOnly(adapters, work)
      const known = knownOf(typed, await adapters.journal.history())
      return settleAndRollBack(adapters, options.consents, {work, held, known})
    }
    return withVchLock(adapters, keys, {work, body})
  }, serviceOptions)
}
