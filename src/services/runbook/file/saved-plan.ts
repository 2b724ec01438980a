import {stat, writeFile} from 'node:fs/promises'

import {parsePlan} from '../../../model/runbook-plan-file.js'
import {PLAN_KIND, type RunbookPlan} from '../../../model/runbook-plan.js'
import {messageOf, VicnfsError} from '../../../model/vicnfs-error.js'
import type {Runbook} from '../../../runbook/runbook.js'
import {loadRunbook, loadRunbookText, type LoadRunbookOptions} from './load-runbook.js'
import {readRunbookFile, requireSmall} from './read-runbook-file.js'

/** A runbook to apply, with the saved plan that it was reached through. */
export interface RunbookToApply {
  readonly runbook: Runbook
  readonly saved?: RunbookPlan
}

/** The plan of a runbook of 1 MB, with room. */
const LARGEST_PLAN_BYTES = 16_000_000

const isPlanText = (text: string): boolean => text.trimStart().startsWith('{') && text.includes(PLAN_KIND)

/**
 * Loads what `runbook apply` is given: a runbook, or a saved plan, which names its runbook. It is read once, since a
 * pipe cannot be read twice.
 * @throws VN-PLAN-FILE, VN-RUNBOOK-INVALID, VN-RUNBOOK-UNREADABLE
 */
export async function loadRunbookOrPlan(file: string, options: LoadRunbookOptions): Promise<RunbookToApply> {
  const text = await readRunbookFile(file, {...options, largestBytes: LARGEST_PLAN_BYTES})
  if (!isPlanText(text)) {
    requireSmall(text, file)
    return {runbook: loadRunbookText(text, file, options)}
  }
  const saved = parsePlan(text, file)
  return {runbook: await loadRunbook(saved.file, options), saved}
}

/** Two names of one file. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  // eslint-disable-next-line vicnfs/heeds-stop -- no signal reaches a look at a file
  const [a, b] = await Promise.all([one, other].map((file) => stat(file).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

/** Keeps a plan for a later apply. @throws VN-PLAN-FILE */
export async function savePlan(plan: RunbookPlan, file: string): Promise<void> {
  const isFile =
    plan.file !== '-' &&
    (await stat(plan.file)
      .then((found) => found.isFile())
      // eslint-disable-next-line vicnfs/heeds-stop -- no signal reaches a look at a file
      .catch(() => true))
  if (!isFile) {
    throw new VicnfsError('VN-PLAN-FILE', 'A plan of a runbook from standard input or a pipe cannot be saved.', {
      reason: 'Applying it reads the runbook again, to see whether it still says the same.',
    })
  }
  if (await isSameFile(plan.file, file)) {
    throw new VicnfsError('VN-PLAN-FILE', `The plan would take the place of its runbook ${file}.`, {
      reason: 'A plan is a document of its own, beside the runbook.',
    })
  }
  try {
    await writeFile(file, `${JSON.stringify(plan, undefined, 2)}\n`, {mode: 0o600})
  } catch (error) {
    throw new VicnfsError('VN-PLAN-FILE', `The plan cannot be written to ${file}.`, {reason: `${messageOf(error)}.`})
  }
}
