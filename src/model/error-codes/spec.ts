/** What an error means for the operator; each kind has one exit code (DESIGN § 5). */
export type ErrorKind =
  'failed' | 'usage' | 'refused' | 'timeout' | 'proof' | 'rolled-back' | 'drift' | 'half-done' | 'interrupted'

/** Exit code of each kind of error. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  failed: 1,
  usage: 2,
  refused: 3,
  timeout: 4,
  proof: 5,
  'rolled-back': 6,
  drift: 7,
  'half-done': 8,
  interrupted: 130,
}

/** One row of the error table: its kind, what it means in one sentence, and why it usually happens. */
export interface ErrorSpec {
  readonly kind: ErrorKind
  readonly summary: string
  readonly cause: string
}
