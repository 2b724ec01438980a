import {countRunbook, type RunbookContents} from '../../runbook/count-runbook.js'
import type {RunbookProblem} from '../../runbook/problem.js'
import {invalidRunbooks, tryRunbook, type LoadRunbookOptions} from './load-runbook.js'

export interface ValidatedRunbooks {
  readonly runbooks: readonly RunbookContents[]
}

/**
 * Checks runbooks without asking anybody, and says what they hold.
 * @throws VN-RUNBOOK-INVALID with the mistakes of all of them in `details.problems`
 * @throws VN-RUNBOOK-UNREADABLE
 */
export async function validateRunbooks(
  files: readonly string[],
  options: LoadRunbookOptions,
): Promise<ValidatedRunbooks> {
  const runbooks: RunbookContents[] = []
  const problems: RunbookProblem[] = []
  for (const file of files) {
    const loaded = await tryRunbook(file, options)
    if ('runbook' in loaded) runbooks.push(countRunbook(loaded.runbook))
    else problems.push(...loaded.problems)
  }
  if (problems.length > 0) throw invalidRunbooks(problems)
  return {runbooks}
}
