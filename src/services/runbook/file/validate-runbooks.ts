import {countRunbook, type RunbookContents} from '../../../runbook/count-runbook.js'
import type {RunbookProblem} from '../../../runbook/problem.js'
import type {WrongRunbook} from '../../../runbook/read-runbook.js'
import {invalidRunbooks, tryRunbook, type LoadRunbookOptions} from './load-runbook.js'

export interface ValidatedRunbooks {
  readonly runbooks: readonly RunbookContents[]
}

export interface ValidateOptions extends LoadRunbookOptions {
  /** Variables without a value here are no mistake: they will have one where the runbook is applied. */
  readonly ignoreUnset?: boolean
}

/** What a runbook holds when nothing but values of variables is missing; undefined for every other mistake. */
function withUnset({problems, contents}: WrongRunbook): RunbookContents | undefined {
  if (contents === undefined || problems.some(({unset}) => unset === undefined)) return undefined
  const names = [...new Set(problems.map(({unset}) => unset))].sort()
  return {...contents, notes: [...contents.notes, `Not set here, so not checked: ${names.join(', ')}.`]}
}

/**
 * Checks runbooks without asking anybody, and says what they hold.
 * @throws VN-RUNBOOK-INVALID with the mistakes of all of them in `details.problems`
 * @throws VN-RUNBOOK-UNREADABLE
 */
export async function validateRunbooks(files: readonly string[], options: ValidateOptions): Promise<ValidatedRunbooks> {
  const runbooks: RunbookContents[] = []
  const problems: RunbookProblem[] = []
  for (const file of files) {
    const loaded = await tryRunbook(file, options)
    const {ignoreUnset = false} = options
    const contents = 'runbook' in loaded ? countRunbook(loaded.runbook) : ignoreUnset ? withUnset(loaded) : undefined
    if (contents !== undefined) runbooks.push(contents)
    else if ('problems' in loaded)
      problems.push(...loaded.problems.filter(({unset}) => !ignoreUnset || unset === undefined))
  }
  if (problems.length > 0) throw invalidRunbooks(problems)
  return {runbooks}
}
