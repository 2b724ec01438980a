import type {ErrorCode} from '../model/error-table.js'
import type {LogLine} from './log-line.js'

/** A refusal of vic-machine that we know, as an error of the table. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly reason?: string
  readonly tries?: readonly string[]
}

/** One kind of refusal: the words that give it away, and what they mean. */
export interface RefusalRule {
  readonly pattern: RegExp
  readonly refusal: (match: RegExpExecArray, lines: readonly LogLine[]) => Refusal
}

/** The command that shows every VCH. */
export const LIST = 'vic-machine-linux ls'
