import type {OpenWork, Work} from '../../../engine/work.js'
import type {OnEvent} from '../../../model/event.js'
import {isVicnfsError, VicnfsError} from '../../../model/vicnfs-error.js'
import type {RegisterConsents} from '../../registration/register-wish.js'
import type {ExposedShare} from '../../share/expose-share.js'
import {openLane} from './lanes.js'
import type {VchKeys} from '../vch-place.js'
import {recapError, type ShareEntry, type StepEntry, type StoreEntry, type VchEntry} from '../recap.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope} from '../scope.js'
import type {Survey} from '../survey/survey.js'
import type {SurveyedConsumer, SurveyedStore} from '../survey/survey-stores.js'

export interface DoOptions {
  readonly consents: RegisterConsents
  /** How many shares, and how many VCHs, are worked on side by side. */
  readonly parallel: number
  /** Consent to exchange server containers that differ from the runbook, where nothing is using their shares (S4). */
  readonly recreate: boolean
  /** Shares that this machine cannot reach are looked at by containers of the VCHs that use them (S3). */
  readonly fromVch?: boolean | undefined
  /** A share or VCH that fails does not keep the others from being done. */
  readonly keepGoing: boolean
  /** This VCH goes first, alone and with its proof; `first`: the first one that has anything to add. */
  readonly canary?: string | undefined
  /** The command that asks for the whole of it again, without consents for what comes now. */
  readonly command: readonly string[]
}

/** A run of a runbook: what it works on, and what has become of each part so far. */
export interface ApplyRun {
  readonly scope: Scope
  readonly survey: Survey
  readonly adapters: RunbookAdapters
  readonly options: DoOptions
  readonly work: Work
  readonly onEvent: OnEvent
  /** Keys of the locks that the run holds. */
  readonly held: ReadonlySet<string>
  /** Work of shares that this run has brought up, and of VCHs, with their undo stacks. */
  readonly shareLanes: Map<string, OpenWork>
  readonly vchLanes: Map<string, OpenWork>
  readonly exposed: Map<string, ExposedShare>
  readonly shares: Map<string, ShareEntry>
  readonly stores: Map<string, StoreEntry>
  readonly vchs: Map<string, VchEntry>
  readonly steps: StepEntry[]
  /** Ids of the phases with something to do that the operator's steps before have been run for. */
  readonly begunPhases: Set<string>
  readonly errors: VicnfsError[]
  /** Nothing more is begun. */
  stopped: boolean
  /** A configure of this run has been started, so what it has made stays (S4). */
  begun: boolean
}

export const storeId = (vch: string, label: string): string => `${vch}/${label}`

/** Steps of a VCH that take long enough to be shown as such. */
const LONG_STEPS = new Set(['configure', 'watch', 'rollback', 'reset'])

export function openRun(
  parts: Pick<ApplyRun, 'scope' | 'survey' | 'adapters' | 'options' | 'work' | 'onEvent' | 'held'>,
): ApplyRun {
  const {survey} = parts
  const run: ApplyRun = {
    ...parts,
    shareLanes: new Map(),
    vchLanes: new Map(),
    exposed: new Map(),
    shares: new Map(),
    stores: new Map(),
    vchs: new Map(),
    steps: [],
    begunPhases: new Set(),
    errors: [],
    stopped: false,
    begun: false,
  }
  for (const {share, error} of survey.shares) {
    const refused =
      error === undefined ? {outcome: 'not-reached' as const} : {outcome: 'refused' as const, error: recapError(error)}
    run.shares.set(share.key, {key: share.key, vch: share.vch, ...refused})
  }
  for (const consumer of survey.consumers) admitVch(run, consumer)
  return run
}

/** A VCH with anything refused is left alone as a whole: the rest of its stores would cost it a second power-cycle. */
function admitVch(run: ApplyRun, consumer: SurveyedConsumer): void {
  const {key, vch, stores} = consumer
  const error = consumer.error ?? stores.find((store) => store.error !== undefined)?.error
  const name = vch === undefined ? {} : {name: vch.name}
  const outcome = error === undefined ? 'not-reached' : 'refused'
  run.vchs.set(key, {key, ...name, outcome, powerCycles: 0, ...(error === undefined ? {} : {error: recapError(error)})})
  for (const store of stores) {
    const why = store.error ?? error
    const {label, share} = store
    const refused =
      why === undefined ? {outcome: 'not-reached' as const} : {outcome: 'refused' as const, error: recapError(why)}
    run.stores.set(storeId(key, label), {label, vch: key, share: share.share.key, ...refused})
  }
}

/** Whether nothing more is to be begun; asked anew after each wait. */
export function isStopped(run: ApplyRun): boolean {
  return run.stopped
}

/** Consumer VCHs that can still be worked on. */
export function openConsumers(run: ApplyRun): SurveyedConsumer[] {
  return run.survey.consumers.filter(({key}) => run.vchs.get(key)?.outcome === 'not-reached')
}

export const addsOf = (consumer: SurveyedConsumer): readonly SurveyedStore[] =>
  consumer.stores.filter(({isAdded}) => isAdded)

/** What anything thrown is, as one of ours. */
export function asVicnfsError(error: unknown): VicnfsError {
  return isVicnfsError(error)
    ? error
    : new VicnfsError('VN-BUG', error instanceof Error ? error.message : String(error), {cause: error})
}

/** Writes down that something failed; without --keep-going, or when it was interrupted, nothing more is begun. */
export function noteFailure(run: ApplyRun, thrown: unknown, about?: VchKeys): VicnfsError {
  const found = asVicnfsError(thrown)
  const error = about === undefined ? found : run.adapters.commands.error(found, about)
  run.errors.push(error)
  if (!run.options.keepGoing || run.work.signal.aborted) run.stopped = true
  return error
}

/** It was told to stop, and nothing of it is left: it has not failed, and is as it was. */
export function isJustStopped({code, details}: VicnfsError): boolean {
  return code === 'VN-INTERRUPTED' && details['undoFailures'] === undefined
}

/** A refusal may be about a store that is there already, and a VCH that is half-done has none for certain. */
const MAY_BE_ANY = new Set([3, 8])

/** Whether a store was on its VCH before this run, and is there whatever became of the new ones. */
function isKept(run: ApplyRun, {vch, label, share}: StoreEntry, {exitCode}: VicnfsError): boolean {
  const stores = run.survey.consumers.find(({key}) => key === vch)?.stores ?? []
  const isAdded = stores.find((store) => store.label === label)?.isAdded ?? true
  return !isAdded && run.exposed.has(share) && !MAY_BE_ANY.has(exitCode)
}

/** A VCH that failed, and with it every store of it that is not done and was not there before. */
export function failVch(run: ApplyRun, key: string, error: VicnfsError): void {
  const entry = run.vchs.get(key)
  if (entry === undefined || isJustStopped(error)) return
  const told = recapError(error)
  const begun = error.code === 'VN-CHANGE-RUNNING' ? 1 : 0
  run.vchs.set(key, {...entry, outcome: 'failed', powerCycles: entry.powerCycles + begun, error: told})
  for (const [id, store] of run.stores) {
    if (store.vch !== key || store.outcome !== 'not-reached') continue
    run.stores.set(
      id,
      isKept(run, store, error) ? {...store, outcome: 'unchanged'} : {...store, outcome: 'failed', error: told},
    )
  }
}

/** The work of a VCH: one undo stack for its preflights and its registration; its power-cycles are counted. */
export function vchLane(run: ApplyRun, key: string, id: string): OpenWork {
  const known = run.vchLanes.get(key)
  if (known !== undefined) return known
  const count = (): void => {
    const entry = run.vchs.get(key)
    if (entry !== undefined) run.vchs.set(key, {...entry, powerCycles: entry.powerCycles + 1})
  }
  const onEvent: OnEvent = (event) => {
    if (event.type === 'undo.cut') run.begun = true
    run.onEvent(event)
  }
  const lane = openLane({key, id, shown: LONG_STEPS}, {signal: run.work.signal, onEvent})
  // Watched for only when vic-machine has taken the change up, and so has powered the endpoint VM off.
  const step: Work['step'] = (stepId, title, body) => {
    if (stepId === 'watch' || stepId === 'rollback') count()
    return lane.work.step(stepId, title, body)
  }
  const counted = {...lane, work: Object.assign(Object.create(lane.work) as Work, {step})}
  run.vchLanes.set(key, counted)
  return counted
}

/** Takes back what this run has made, as long as no configure of it has been started; volumes stay (S1). */
export async function undoRun(run: ApplyRun): Promise<void> {
  if (run.begun) return
  for (const lane of run.vchLanes.values()) await lane.unwind()
  for (const [key, lane] of run.shareLanes) {
    const wasCut = lane.work.undoIsCut
    const failures = await lane.unwind()
    const entry = run.shares.get(key)
    if (entry?.outcome !== 'created' || wasCut || failures.length > 0) continue
    run.shares.set(key, {...entry, outcome: 'undone'})
  }
}
