import {interruption} from '../../engine/interruption.js'
import {planLines} from '../../model/runbook-plan-lines.js'
import {whatChanged} from '../../model/runbook-plan-changes.js'
import {addedStores, powerCyclesOf, type RunbookPlan} from '../../model/runbook-plan.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook} from '../../runbook/runbook.js'
import type {ServiceOptions} from '../adapters.js'
import {passPreflights} from './phases/apply-preflights.js'
import {proveAll} from './phases/apply-proofs.js'
import {bringUpShares} from './phases/apply-shares.js'
import {openRun, undoRun, isStopped, type ApplyRun, type DoOptions} from './phases/apply-state.js'
import {registerAll} from './phases/apply-stores.js'
import {runbookFromVch} from './from-vch.js'
import {withRunbookLock} from './runbook-lock.js'
import {openPlanSeal} from './file/plan-seal.js'
import {planOf} from './plan-of.js'
import {settleConsumers} from './ready-consumers.js'
import {refuseAll} from './refuse-all.js'
import {errorsOf, type RunbookRecap} from './recap.js'
import {interruptedWith, recapped, type RecapParts, type RecappedTools} from './recapped.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {withSteps} from './phases/run-steps.js'
import {requireCanary, scopeArguments, scopeOf, type ScopeWish} from './scope.js'
import {surveyRunbook, type Survey} from './survey/survey.js'

export interface ApplyRunbookOptions extends DoOptions {
  readonly runbook: Runbook
  readonly scope: ScopeWish
  /** A saved plan: it is what the operator has agreed to, and holds only while nothing has changed. */
  readonly saved?: RunbookPlan | undefined
}

/** @throws VN-RUNBOOK-REFUSED with every refusal */
export function refusePlan(plan: RunbookPlan): void {
  const refused = plan.refusals.map((error) => {
    const on = error.vch === undefined ? '' : ` on ${error.vch}`
    return {what: `${error.about} ${error.name}${on}`, error}
  })
  refuseAll(refused, {plan, refusals: plan.refusals})
}

/** @throws VN-PLAN-STALE with what changed */
function requireFresh(saved: RunbookPlan, plan: RunbookPlan): void {
  const changes = whatChanged(saved, plan)
  if (changes.length === 0) return
  throw new VicnfsError('VN-PLAN-STALE', 'The saved plan no longer fits what is there, so nothing was done.', {
    reason: `Since it was made: ${changes.join('; ')}.`,
    tries: [shellQuote(['vicnfs', 'runbook', 'plan', plan.file, ...scopeArguments(plan.scope)])],
    details: {changes},
  })
}

/** One question for the whole run. @throws VN-CONSENT-MISSING */
async function askConsent(adapters: RunbookAdapters, plan: RunbookPlan, survey: Survey): Promise<void> {
  const cycles = powerCyclesOf(plan)
  const bootLoop = survey.consumers.some(({key, vch}) => {
    return vch?.traits.bootLoop === true && (plan.vchs.find((each) => each.key === key)?.powerCycles ?? 0) > 0
  })
  const changed = plan.shares.filter(({mark}) => mark === 'add' || mark === 'change')
  const made = changed.filter(({exchange}) => exchange === undefined).map(({key}) => key)
  const exchanged = changed.filter(({exchange}) => exchange !== undefined).map(({key}) => key)
  const consequences = [
    ...(made.length === 0 ? [] : [`server containers are started for: ${made.join(', ')}`]),
    ...(exchanged.length === 0
      ? []
      : [`what serves them is exchanged, at the same address, while nothing may use them: ${exchanged.join(', ')}`]),
    ...plan.vchs
      .filter(({powerCycles}) => powerCycles > 0)
      .map((vch) => {
        const labels = addedStores(vch).map(({label}) => label)
        return `"${vch.key}" restarts once for ${labels.join(', ')}: its Docker API is away for minutes, its containers go on`
      }),
    ...(cycles === 0
      ? []
      : [
          'a store can be taken away again only by a rollback right after (VIC 1.5.3 and later), never changed',
          'uid and gid of a store are for good',
          'file locks are not shared between containers',
        ]),
    ...(bootLoop ? ['from now on such a VCH boots only while every one of its stores is reachable'] : []),
  ]
  await adapters.confirm({text: `Apply ${plan.file}?`, consequences, flag: 'yes'})
}

async function runPhases(run: ApplyRun, plan: RunbookPlan): Promise<void> {
  const sharesPending = plan.shares.some(({mark}) => mark === 'add' || mark === 'change')
  await withSteps(run, {phase: 'shares', hasWork: sharesPending}, () => bringUpShares(run))
  if (isStopped(run)) return
  await passPreflights(run)
  if (isStopped(run)) return
  await withSteps(run, {phase: 'stores', hasWork: powerCyclesOf(plan) > 0}, () => registerAll(run))
  if (isStopped(run) || run.scope.runbook.verify === undefined) return
  await proveAll(run)
}

function partsOf(run: ApplyRun): RecapParts {
  const entries = {shares: [...run.shares.values()], stores: [...run.stores.values()], vchs: [...run.vchs.values()]}
  return {runbook: run.scope.runbook.file, ...entries, steps: run.steps}
}

/** Errors that say more than that the run was interrupted (DESIGN § 5). */
const STRONGER = new Set([8, 6])

async function doRun(run: ApplyRun, plan: RunbookPlan, {recap}: RecappedTools): Promise<RunbookRecap> {
  try {
    await runPhases(run, plan)
  } catch (error) {
    // A step of the whole phase has failed, and is noted.
    run.stopped = true
    if (!run.errors.includes(error as VicnfsError)) throw error
  }
  if (isStopped(run)) await undoRun(run)
  const done = recap(partsOf(run))
  const {signal} = run.work
  if (!signal.aborted || errorsOf(done).some(({exitCode}) => STRONGER.has(exitCode))) return done
  throw interruptedWith(run.errors.find(({code}) => code === 'VN-CHANGE-RUNNING') ?? interruption(signal), done)
}

/**
 * Does what a runbook says: shares first, then every preflight, then one configure for each VCH, then the proofs. What
 * is done already is found out from the platform and left as it is, so that a run that was cut off is simply run again.
 * @returns what became of each part; `failureOf` tells which error that amounts to. One that was interrupted has it in its details
 * @throws VN-RUNBOOK-REFUSED before anything is made, VN-PLAN-STALE, VN-CONSENT-MISSING, VN-JOURNAL-LOCKED, VN-INTERRUPTED
 */
export async function applyRunbook(
  options: ApplyRunbookOptions,
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookRecap> {
  const {runbook, saved, consents, recreate, keepGoing, fromVch} = options
  const scope = scopeOf(runbook, options.scope)
  requireCanary(scope, options.canary)
  const body = async (tools: RecappedTools): Promise<RunbookRecap> => {
    const {work, onEvent} = tools
    const seeing = fromVch === true ? runbookFromVch(adapters, scope, {work, onEvent}) : adapters
    return withRunbookLock(seeing, scope, {
      work,
      body: async (identified, held) => {
        const consumers = await settleConsumers(seeing, identified, {scope, work, consents})
        const survey = await surveyRunbook(seeing, scope, {consumers, consents, recreate, fromVch, work})
        const seal = saved === undefined ? undefined : await openPlanSeal(scope.steps, adapters.stateDirectory)
        const plan = planOf(scope, survey, {adapters, seal})
        for (const line of planLines(plan)) work.note('plan', line)
        if (!keepGoing) refusePlan(plan)
        if (saved !== undefined) requireFresh(saved, plan)
        else if (plan.pending) await askConsent(adapters, plan, survey)
        return doRun(openRun({scope, survey, adapters: seeing, options, work, onEvent, held}), plan, tools)
      },
    })
  }
  return recapped(body, serviceOptions)
}
