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

/** What an error of each kind says about the VCH and about what the command had made. */
export const KIND_MEANINGS: Readonly<Record<ErrorKind, string>> = {
  failed: 'It failed, and no VCH is left half-done. What the command had made is undone, except volumes.',
  usage: 'Something in what was typed or set is missing or wrong. No VCH was changed.',
  refused: 'A safety rule stopped it. No VCH was changed; what the command had made is undone, except volumes.',
  timeout: 'It took too long, before any VCH was changed. What the command had made is undone, except volumes.',
  proof: 'A preflight or a proof failed. No VCH was changed by it; a store that was registered before stays so.',
  'rolled-back': 'The VCH was changed and is back as it was before.',
  drift: 'Nothing failed: what is there differs from what was asked for.',
  'half-done': 'The VCH is half-way through a change, or down. Follow the way out, and keep the server container.',
  interrupted:
    'It was stopped (143 by SIGTERM). A vic-machine that had been started goes on, and then nothing is undone; else what the command had made is, except volumes.',
}

/** One row of the error table: its kind, what it means in one sentence, why it usually happens, and what to do. */
export interface ErrorSpec {
  readonly kind: ErrorKind
  readonly summary: string
  readonly cause: string
  /** What to do about it, in one or two sentences. */
  readonly remedy: string
}

/** A row for what stops a preflight or a proof. */
export function unproven(summary: string, cause: string, remedy: string) {
  return {kind: 'proof', summary, cause, remedy} as const
}
