import {sideBySide} from '../../../engine/side-by-side.js'
import type {Adapters} from '../../adapters.js'
import {announced, openLane, type PlannedStep} from './lanes.js'
import {sweep as sweepProofs} from '../../verification/leftovers.js'
import {proveStore} from '../../verification/prove-store.js'
import {isProven} from '../../verification/proof-journal.js'
import {wishFor} from './apply-preflights.js'
import {noteFailure, storeId, isStopped, type ApplyRun} from './apply-state.js'
import {quietWork} from '../survey/quiet-work.js'
import {recapError, type StoreEntry} from '../recap.js'
import {beginSteps, withSteps} from './run-steps.js'
import type {SurveyedConsumer, SurveyedStore} from '../survey/survey-stores.js'

/** Outcomes of a store that is there, so that it can be proven. */
const THERE = new Set(['registered', 'unchanged'])

interface Unproven {
  readonly store: SurveyedStore
  readonly entry: StoreEntry
}

/** Stores of a VCH that were not proven since they were registered, as far as this machine's journal knows. */
async function unproven(run: ApplyRun, {key, vch, stores}: SurveyedConsumer): Promise<Unproven[]> {
  if (vch === undefined) return []
  const {journal} = run.adapters.one(key)
  const open: Unproven[] = []
  for (const store of stores) {
    const id = storeId(key, store.label)
    const entry = run.stores.get(id)
    if (entry === undefined || !THERE.has(entry.outcome) || entry.proof === 'proven') continue
    if (await isProven(journal, {label: store.label, keys: vch.keys}))
      run.stores.set(id, {...entry, proof: 'proven-before'})
    else open.push({store, entry})
  }
  return open
}

function proofStep(item: Unproven): PlannedStep<Unproven> {
  const {label, vch} = item.entry
  return {id: `proof/${vch}/${label}`, title: `Prove "${label}" on "${vch}"`, item}
}

async function proveOne(
  run: ApplyRun,
  {store, entry}: Unproven,
  {adapters, sweep}: {readonly adapters: Adapters; readonly sweep: () => Promise<void>},
): Promise<void> {
  const key = entry.vch
  const {verify} = run.scope.runbook
  const {label, share} = store
  const {id, title} = proofStep({store, entry})
  const image = verify?.image ?? share.share.request.image
  const wish = {label, image, requireNonRoot: verify?.requireNonRoot ?? false}
  const {place} = wishFor(run, key, store)
  await run.work.step(id, title, async (step) => {
    const {work} = openLane({key: `${key}/${label}`, id}, {signal: step.signal, onEvent: run.onEvent})
    const proof = await proveStore(adapters, {...wish, place}, {work, sweep})
    run.stores.set(storeId(key, label), {...entry, proof: 'proven'})
    step.note(`container B read "${proof.bRead}"`)
  })
}

interface ProofParts {
  readonly key: string
  readonly open: readonly Unproven[]
  readonly parallel: number
}

async function proveOpen(run: ApplyRun, {key, open, parallel}: ProofParts): Promise<void> {
  const adapters = run.adapters.one(key)
  // What killed runs have left is swept away once: later the containers of the neighbours would be taken for it.
  let swept: Promise<void> | undefined
  const sweep = (): Promise<void> => (swept ??= sweepProofs(adapters, quietWork(run.work)))
  await sideBySide(open, parallel, async (each) => {
    if (isStopped(run)) return
    try {
      await proveOne(run, each, {adapters, sweep})
    } catch (thrown) {
      const told = recapError(noteFailure(run, thrown))
      run.stores.set(storeId(key, each.store.label), {...each.entry, outcome: 'failed', proof: 'failed', error: told})
    }
  })
}

/** Proves the stores of one VCH that were not proven yet. */
async function proveVch(run: ApplyRun, consumer: SurveyedConsumer, parallel: number): Promise<void> {
  if (run.scope.runbook.verify === undefined || isStopped(run)) return
  const {key} = consumer
  const open = await unproven(run, consumer)
  const part = {phase: 'verify', vch: key, hasWork: open.length > 0} as const
  await withSteps(run, part, () => proveOpen(run, {key, open, parallel}))
}

/** Proves the stores of the VCH that goes first, after the steps that come before all proofs. */
export async function proveCanary(run: ApplyRun, consumer: SurveyedConsumer): Promise<void> {
  if (run.scope.runbook.verify === undefined || isStopped(run)) return
  await beginSteps(run, {phase: 'verify', hasWork: true})
  await proveVch(run, consumer, run.options.parallel)
}

/** Proves every store that was not proven yet, several VCHs at a time. */
export async function proveAll(run: ApplyRun): Promise<void> {
  const {survey, options} = run
  const done = survey.consumers.filter(({key}) => ['changed', 'unchanged'].includes(run.vchs.get(key)?.outcome ?? ''))
  const open = await Promise.all(done.map((consumer) => unproven(run, consumer)))
  const busy = open.filter((each) => each.length > 0).length
  const hasWork = busy > 0
  const each = Math.max(1, Math.floor(options.parallel / Math.max(1, busy)))
  const all = async (): Promise<void> => {
    await sideBySide(done, options.parallel, async (consumer) => {
      try {
        await proveVch(run, consumer, each)
      } catch (thrown) {
        noteFailure(run, thrown)
      }
    })
  }
  await withSteps(run, {phase: 'verify', hasWork}, () => announced(open.flat().map(proofStep), run.onEvent, all))
}
