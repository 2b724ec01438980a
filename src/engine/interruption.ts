import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'

/** Errors that say more than "interrupted" about the state the VCH is in, so they are kept when both apply (DESIGN § 5). */
const STRONGER_KINDS = new Set(['half-done', 'rolled-back', 'interrupted'])

/** The error for work that was told to stop: the signal's own reason where that is one of ours, else VN-INTERRUPTED. */
export function interruption(signal: AbortSignal, cause?: unknown): VicnfsError {
  if (isVicnfsError(signal.reason)) return signal.reason
  return new VicnfsError('VN-INTERRUPTED', 'The command was interrupted', cause === undefined ? {} : {cause})
}

/** Throws the interruption when `signal` was aborted. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interruption(signal)
}

/** What an error that came up in interrupted work is reported as: the interruption, unless the error says more. */
export function asInterruption(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error
  if (isVicnfsError(error) && STRONGER_KINDS.has(error.kind)) return error
  return interruption(signal, error)
}
