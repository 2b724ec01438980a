import type {StepHandle, Work} from '../../engine/work.js'
import {SAME_COMMAND, VicnfsError} from '../../model/vicnfs-error.js'
import type {Change, ChangeEnd, ChangeRun} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import {onceBegun} from './half-done.js'
import type {ConsumerVch} from './identify-consumer.js'
import type {WayOut} from './recovery-steps.js'

/** What the journal keeps of a change, so that any later run knows what was meant (S6); arguments, never secrets. */
export interface ChangeData {
  readonly storesBefore: readonly string[]
  readonly storesAfter: readonly string[]
  readonly addedLabels: readonly string[]
  /** The configure came after one that timed out: its snapshot is not the state before it. */
  readonly retryAfterTimeout: boolean
  /** Arguments of the new stores, as the record on the share has them. */
  readonly addedStores: readonly string[]
  /** Beside each of the added stores. */
  readonly wayOuts?: readonly WayOut[]
  /** Not every new store could be looked at from this machine: a share that does not answer here says nothing. */
  readonly outOfSight?: boolean
}

export interface ChangeOutcome {
  /** Journal id of the intent. */
  readonly intent: string
  readonly end: ChangeEnd
}

/**
 * Follows a change to its end. An interruption stops the watching, never vic-machine (S7).
 * @throws VN-CHANGE-RUNNING when interrupted
 */
export async function followChange(run: ChangeRun, step: Pick<StepHandle, 'signal' | 'progress'>): Promise<ChangeEnd> {
  try {
    return await run.wait({
      signal: step.signal,
      onLine: (line) => {
        step.progress(line)
      },
    })
  } catch (error) {
    if (!step.signal.aborted) throw error
    const reason: unknown = step.signal.reason
    throw new VicnfsError('VN-CHANGE-RUNNING', `vic-machine (pid ${run.pid}) goes on; vicnfs stopped watching it.`, {
      reason:
        'A configure that is cut off leaves the VCH half-done, so nothing of ours ends it; the server container stays too. The same command waits for vic-machine and goes on from there.',
      tries: [SAME_COMMAND],
      details: {pid: run.pid, folder: run.folder},
      ...(reason instanceof VicnfsError ? {exitCode: reason.exitCode} : {}),
    })
  }
}

/** Writes the intent (fsynced), starts vic-machine through its detached runner, and follows it to the end. */
export async function runChange(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly change: Change; readonly data: ChangeData; readonly step: StepHandle},
): Promise<ChangeOutcome> {
  const {change, data, step} = options
  const {program} = vch.access
  const intent = await adapters.journal.append({
    kind: 'intent',
    action: change.kind,
    vch: {keys: vch.keys, name: vch.name, id: vch.id},
    data: {...data, vicVersion: vch.version, commandLine: program.commandLine(change)},
  })
  const folder = await adapters.journal.privateFolder(intent)
  const run = await program.start(change, folder, {signal: step.signal})
  step.progress(`vic-machine runs as pid ${run.pid}`)
  const end = await onceBegun(vch, {again: againOf(data), body: () => followChange(run, step)})
  return {intent, end}
}

/** The command that goes on from a change; that of any store settles the whole of it. */
export function againOf(data: Pick<ChangeData, 'wayOuts'>): string | undefined {
  return data.wayOuts?.[0]?.again
}

/** How a change ended, as reality showed it. An intent without one of these is open (S5). */
export type ChangeState = 'completed' | 'refused' | 'rolled-back' | 'never-started' | 'undone'

/** Closes an intent in the journal. */
export async function closeChange(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly intent: string; readonly action: string; readonly state: ChangeState; readonly claim?: string},
): Promise<void> {
  const {intent, action, state, claim} = options
  await adapters.journal.append({
    kind: 'result',
    action,
    of: intent,
    vch: {keys: vch.keys, name: vch.name, id: vch.id},
    data: {state, ...(claim === undefined ? {} : {claim})},
  })
}

/** Clears the mark of a change in progress; harmless where there is none (S7). Warns when vic-machine does not do it. */
export async function clearProgress(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly data: ChangeData; readonly step: StepHandle; readonly work: Work},
): Promise<void> {
  const {data, step, work} = options
  const change = {kind: 'reset-progress', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
  const {intent, end} = await runChange(adapters, vch, {change, data, step})
  const state = end.claim === 'completed' ? 'completed' : 'refused'
  await closeChange(adapters, vch, {intent, action: change.kind, state, claim: end.claim})
  if (state === 'completed') return
  step.note('vic-machine did not do it')
  const said = end.errorLines.at(-1) ?? 'without a word why'
  work.note('warning', `The mark of a change in progress on "${vch.name}" may still be set: ${said}`)
}
