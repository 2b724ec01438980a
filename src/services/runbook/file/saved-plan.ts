import {readFile, writeFile} from 'node:fs/promises'

import {PLAN_KIND, parsePlan, type RunbookPlan} from '../../../model/runbook-plan.js'
import {messageOf, VicnfsError} from '../../../model/vicnfs-error.js'
import type {Runbook} from '../../../runbook/runbook.js'
import {loadRunbook, type LoadRunbookOptions} from './load-runbook.js'

/** A runbook to apply, with the saved plan that it was reached through. */
export interface RunbookToApply {
  readonly runbook: Runbook
  readonly saved?: RunbookPlan
}

/** The text of a saved plan; undefined for anything else, which is for the reader of runbooks to judge. */
async function textOfPlan(file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (file === '-') return undefined
  try {
    const text = await readFile(file, {encoding: 'utf8', ...(signal === undefined ? {} : {signal})})
    return text.trimStart().startsWith('{') && text.includes(PLAN_KIND) ? text : undefined
  } catch {
    return undefined
  }
}

/**
 * Loads what `runbook apply` is given: a runbook, or a saved plan, which names its runbook.
 * @throws VN-PLAN-FILE, VN-RUNBOOK-INVALID, VN-RUNBOOK-UNREADABLE
 */
export async function loadRunbookOrPlan(file: string, options: LoadRunbookOptions): Promise<RunbookToApply> {
  const text = await textOfPlan(file, options.signal)
  if (text === undefined) return {runbook: await loadRunbook(file, options)}
  const saved = parsePlan(text, file)
  return {runbook: await loadRunbook(saved.file, options), saved}
}

/** Keeps a plan for a later apply. @throws VN-PLAN-FILE */
export async function savePlan(plan: RunbookPlan, file: string): Promise<void> {
  if (plan.file === '-') {
    throw new VicnfsError('VN-PLAN-FILE', 'A plan of a runbook from standard input cannot be saved.', {
      reason: 'Applying it reads the runbook again, to see whether it still says the same.',
    })
  }
  try {
    await writeFile(file, `${JSON.stringify(plan, undefined, 2)}\n`, {mode: 0o600})
  } catch (error) {
    throw new VicnfsError('VN-PLAN-FILE', `The plan cannot be written to ${file}.`, {reason: `${messageOf(error)}.`})
  }
}
