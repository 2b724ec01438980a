import {withUndoFailures} from '../../../engine/work.js'
import {registerShares, type RegisteredStores} from '../../registration/register-share.js'
import {registrationFor} from './apply-preflights.js'
import {proveCanary} from './apply-proofs.js'
import {addsOf, failVch, noteFailure, openConsumers, storeId, vchLane, isStopped, type ApplyRun} from './apply-state.js'
import {cuttingWith, eachPlanned, type PlannedStep} from './lanes.js'
import {withSteps} from './run-steps.js'
import {adaptersOf} from '../ready-consumers.js'
import type {SurveyedConsumer} from '../survey/survey-stores.js'

function noteStores(run: ApplyRun, key: string, result: RegisteredStores): void {
  for (const {label, outcome, url} of result.stores) {
    const id = storeId(key, label)
    const entry = run.stores.get(id)
    if (entry === undefined) continue
    run.stores.set(id, {...entry, outcome: outcome === 'registered' ? 'registered' : 'unchanged', url})
  }
}

function storesStep(item: SurveyedConsumer): PlannedStep<SurveyedConsumer> {
  const {key, stores} = item
  return {
    id: `stores/${key}`,
    title: `Stores of "${key}": ${stores.length} store${stores.length === 1 ? '' : 's'}`,
    item,
  }
}

async function registerOn(run: ApplyRun, consumer: SurveyedConsumer): Promise<void> {
  const {key, vch, plan, existing, stores} = consumer
  if (vch === undefined || plan === undefined) return
  const {id, title} = storesStep(consumer)
  const registration = registrationFor(run, consumer)
  await run.work.step(id, title, async (step) => {
    const {work, unwind} = vchLane(run, key, id)
    const shares = new Set(stores.map(({share}) => share.share.key))
    const lanes = [...run.shareLanes].filter(([share]) => shares.has(share)).map(([, lane]) => lane.work)
    const agreed = {wanted: stores.flatMap(({store}) => store ?? []), plan, existing}
    try {
      const adapters = adaptersOf(run.adapters, run.scope, key)
      const result = await registerShares(adapters, vch, {registration, work: cuttingWith(work, lanes), agreed})
      noteStores(run, key, result)
      const added = result.stores.filter(({outcome}) => outcome === 'registered').length
      const entry = run.vchs.get(key)
      if (entry !== undefined) run.vchs.set(key, {...entry, outcome: added > 0 ? 'changed' : 'unchanged'})
      if (added > 0) step.note(`${added} registered, all of them online`)
      else step.unchanged('registered and online')
    } catch (error) {
      throw withUndoFailures(error, await unwind())
    }
  })
}

/** One VCH with the operator's steps around it; whatever fails is noted with it. */
async function doVch(run: ApplyRun, consumer: SurveyedConsumer, {prove}: {readonly prove: boolean}): Promise<void> {
  const {key} = consumer
  if (isStopped(run)) return
  try {
    const hasWork = addsOf(consumer).length > 0
    await withSteps(run, {phase: 'stores', vch: key, hasWork}, () => registerOn(run, consumer))
    if (prove) await proveCanary(run, consumer)
  } catch (thrown) {
    failVch(run, key, noteFailure(run, thrown))
  }
}

/** The VCH that goes first, alone and with its proof; undefined where none is asked for or none has anything to add. */
function canaryOf(run: ApplyRun, open: readonly SurveyedConsumer[]): SurveyedConsumer | undefined {
  const {canary} = run.options
  if (canary === undefined) return undefined
  const adding = open.filter((consumer) => addsOf(consumer).length > 0)
  return adding.find(({key}) => key === canary) ?? (canary === 'first' ? adding[0] : undefined)
}

/** One configure for each consumer VCH with new stores, several VCHs at a time (S7 holds for each of them). */
export async function registerAll(run: ApplyRun): Promise<void> {
  const open = openConsumers(run)
  const canary = canaryOf(run, open)
  if (canary !== undefined) {
    await doVch(run, canary, {prove: true})
    // The others are spared what has gone wrong with the first one, also with --keep-going.
    const failed = [...run.stores.values()].some(({vch, outcome}) => vch === canary.key && outcome === 'failed')
    if (failed || run.vchs.get(canary.key)?.outcome === 'failed') run.stopped = true
  }
  const rest = open.filter((consumer) => consumer !== canary).map(storesStep)
  const {onEvent, options} = run
  await eachPlanned(rest, {limit: options.parallel, onEvent}, ({item}) => doVch(run, item, {prove: false}))
}
