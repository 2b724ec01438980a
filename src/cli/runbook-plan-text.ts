import {planLines} from '../model/runbook-plan-lines.js'
import type {RunbookPlan} from '../model/runbook-plan.js'

/** The plan as the result of `runbook plan`. */
export function planText(plan: RunbookPlan): string {
  return planLines(plan).join('\n')
}
