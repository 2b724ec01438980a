import type {VicnfsError} from '../model/vicnfs-error.js'

/** The one document that `--json` prints (DESIGN § 5). */
export type Envelope =
  | {
      readonly schemaVersion: 1
      readonly ok: true
      readonly command: string
      readonly result: unknown
      readonly warnings: readonly string[]
    }
  | {
      readonly schemaVersion: 1
      readonly ok: false
      readonly command: string
      readonly error: ReportedErrorJson
      readonly warnings: readonly string[]
    }

export interface ReportedErrorJson {
  readonly code: string
  readonly message: string
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
  readonly details: Readonly<Record<string, unknown>>
}

export function successEnvelope(command: string, result: unknown, warnings: readonly string[]): Envelope {
  return {schemaVersion: 1, ok: true, command, result: result ?? null, warnings}
}

export function errorEnvelope(command: string, error: VicnfsError, warnings: readonly string[]): Envelope {
  const {code, message, reason, tries, recovery, details} = error
  return {schemaVersion: 1, ok: false, command, error: {code, message, reason, tries, recovery, details}, warnings}
}

/** The document's text; values that JSON has no form for become text. */
export function envelopeText(envelope: Envelope): string {
  return JSON.stringify(envelope, (_key, value: unknown) => jsonForm(value), 2)
}

function jsonForm(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return value.message
  return value
}
