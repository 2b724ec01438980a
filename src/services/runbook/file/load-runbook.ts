import path from 'node:path'

import {VicnfsError} from '../../../model/vicnfs-error.js'
import type {RunbookProblem} from '../../../runbook/problem.js'
import {readRunbook, type WrongRunbook} from '../../../runbook/read-runbook.js'
import type {Runbook} from '../../../runbook/runbook.js'
import {readRunbookFile} from './read-runbook-file.js'

export interface LoadRunbookOptions {
  /** What `${NAME}` in the runbook is replaced by. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/**
 * Loads a runbook: reads the file (`-`: standard input), replaces variables, checks everything that can be checked
 * without asking anybody. Relative paths in it begin from its folder.
 * @throws VN-RUNBOOK-INVALID with all its mistakes in `details.problems`, in the order of the file
 * @throws VN-RUNBOOK-UNREADABLE
 */
export async function loadRunbook(file: string, options: LoadRunbookOptions): Promise<Runbook> {
  return requireValid(await tryRunbook(file, options))
}

/** The same for a text that was read already; `file` is where it came from. @throws VN-RUNBOOK-INVALID */
export function loadRunbookText(text: string, file: string, options: LoadRunbookOptions): Runbook {
  return requireValid(readText(text, file, options))
}

type Loaded = {readonly runbook: Runbook} | WrongRunbook

function requireValid(loaded: Loaded): Runbook {
  if ('problems' in loaded) throw invalidRunbooks(loaded.problems)
  return loaded.runbook
}

/** The same, with the mistakes as a result. @throws VN-RUNBOOK-UNREADABLE */
export async function tryRunbook(file: string, options: LoadRunbookOptions): Promise<Loaded> {
  const {signal} = options
  return readText(await readRunbookFile(file, signal === undefined ? {} : {signal}), file, options)
}

function readText(text: string, file: string, {environment, signal}: LoadRunbookOptions): Loaded {
  signal?.throwIfAborted()
  const folder = file === '-' ? process.cwd() : path.dirname(path.resolve(file))
  return readRunbook(text, {file, folder, environment})
}

/** One error for the mistakes of one or several runbooks. */
export function invalidRunbooks(problems: readonly RunbookProblem[]): VicnfsError {
  const files = [...new Set(problems.map(({file}) => file))]
  const [file = '-'] = files
  const where = files.length > 1 ? `${files.length} runbooks` : file === '-' ? 'the runbook' : file
  const count = problems.length === 1 ? 'is one mistake' : `are ${problems.length} mistakes`
  return new VicnfsError('VN-RUNBOOK-INVALID', `There ${count} in ${where}.`, {details: {problems}})
}
