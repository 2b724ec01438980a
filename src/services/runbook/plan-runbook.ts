import {runWork} from '../../engine/work.js'
import type {RunbookPlan} from '../../model/runbook-plan.js'
import type {Runbook} from '../../runbook/runbook.js'
import type {ServiceOptions} from '../adapters.js'
import type {RegisterConsents} from '../registration/register-wish.js'
import {openPlanSeal} from './file/plan-seal.js'
import {planOf} from './plan-of.js'
import {identifyConsumers, onlyUp} from './ready-consumers.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {scopeOf, type ScopeWish} from './scope.js'
import {refuseTwoNames, surveyRunbook} from './survey/survey.js'

export interface PlanRunbookOptions {
  readonly runbook: Runbook
  readonly scope: ScopeWish
  /** Those that an apply would be given. */
  readonly consents: RegisterConsents
  readonly recreate: boolean
  /** The plan is to be saved: steps with variables in their commands are sealed. */
  readonly sealed?: boolean
}

/**
 * Says what an apply would change. Takes no lock, starts no container, changes nothing; everything that speaks against
 * it stands in the plan, not only the first.
 * @throws VN-USAGE, VN-SETTING-BAD
 */
export async function planRunbook(
  options: PlanRunbookOptions,
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookPlan> {
  const {runbook, consents, recreate} = options
  const scope = scopeOf(runbook, options.scope)
  return runWork(async (work) => {
    const identified = await identifyConsumers(adapters, scope, work)
    await refuseTwoNames(adapters, identified, work)
    const consumers = await onlyUp(adapters, identified, work)
    const survey = await surveyRunbook(adapters, scope, {consumers, consents, recreate, work})
    const seal = options.sealed === true ? await openPlanSeal(scope.steps, adapters.stateDirectory) : undefined
    return planOf(scope, survey, {adapters, seal})
  }, serviceOptions)
}
