import {ERROR_TABLE, exitCodeOf, type ErrorCode} from './error-table.js'
import type {ErrorKind} from './error-codes/spec.js'

/** What may be said about one occurrence of an error beyond its sentence. */
export interface ErrorContext {
  /** Why it happened here, in words; the table's general cause when absent. */
  readonly reason?: string
  /** At most two commands that the operator can run as they stand. */
  readonly tries?: readonly string[]
  /** The way out, step by step, where it is more than two commands (exit code 8). */
  readonly recovery?: readonly string[]
  /** Facts for --json; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Overrides the exit code of the code's kind (143 for SIGTERM). */
  readonly exitCode?: number
  readonly cause?: unknown
}

/** Stands among `tries` for the command that was given; whoever prints the error knows it. */
export const SAME_COMMAND = 'run the same command again'

const BRAND = Symbol.for('vicnfs.error')

/** The one error class of vicnfs: a stable code, one sentence, a cause, commands to try, an exit code. */
export class VicnfsError extends Error {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly exitCode: number
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : {cause: context.cause})
    this.name = 'VicnfsError'
    this.code = code
    this.kind = ERROR_TABLE[code].kind
    this.exitCode = context.exitCode ?? exitCodeOf(code)
    this.reason = context.reason ?? ERROR_TABLE[code].cause
    this.tries = context.tries ?? []
    this.recovery = context.recovery ?? []
    this.details = context.details ?? {}
    Object.defineProperty(this, BRAND, {value: true})
  }
}

/** The same error with other words around it. */
export function withContext(error: VicnfsError, change: (context: ErrorContext) => ErrorContext): VicnfsError {
  const {code, message, reason, tries, recovery, details, exitCode, cause, stack} = error
  const context = change({reason, tries, recovery, details})
  const changed = new VicnfsError(code, message, {...context, exitCode, ...(cause === undefined ? {} : {cause})})
  if (stack !== undefined) changed.stack = stack
  return changed
}

/** True for a VicnfsError, also one from another copy of this module. */
export function isVicnfsError(value: unknown): value is VicnfsError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** The text of anything thrown; by shape, since errors of another realm are no `instanceof Error`. */
export function messageOf(error: unknown): string {
  const message = (error as {message?: unknown} | null | undefined)?.message
  return typeof message === 'string' ? message : String(error)
}
