import {vcenterOf} from './vcenter.js'

/** Where the record lies, relative to the store's path (DESIGN § 4, "The record on the share"). */
export const RECORD_FOLDER = '.vicnfs'
export const RECORD_FILE = '.vicnfs/consumer.json'
export const RECORD_MAX_BYTES = 16_384

/** Which VCH uses an export; written through NFS before configure. */
export interface ConsumerRecord {
  readonly schemaVersion: 1
  readonly vchName: string
  readonly vchId: string
  readonly vcenter: string
  readonly endpoint: string
  readonly label: string
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly writtenAt: string
}

/** A consumer as the record on a share names it; `folder` is `''` for the share's root. */
export interface RecordedConsumer {
  readonly folder: string
  readonly record: ConsumerRecord
}

const TEXT_FIELDS = ['vchName', 'vchId', 'vcenter', 'endpoint', 'label', 'path', 'writtenAt'] as const

/** Nothing of a VCH has such a sign; whoever reaches the share may write anything. */
const CONTROL = /\p{Cc}/u

function isConsumerRecord(value: unknown): value is ConsumerRecord {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  if (fields['schemaVersion'] !== 1) return false
  const texts = TEXT_FIELDS.map((field) => fields[field])
  if (!texts.every((text) => typeof text === 'string' && !CONTROL.test(text))) return false
  return Number.isInteger(fields['uid']) && Number.isInteger(fields['gid'])
}

/** @returns undefined when the text is no record that this version understands */
export function parseConsumerRecord(text: string): ConsumerRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isConsumerRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The records that a parked server carries as a label.
 * @returns undefined when they are not there, or one of them is not understood
 */
export function parseRecordedConsumers(text: string | undefined): readonly RecordedConsumer[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (!Array.isArray(value)) return undefined
    const isRecorded = (each: unknown): each is RecordedConsumer => {
      const {folder, record} = (each ?? {}) as Partial<Record<keyof RecordedConsumer, unknown>>
      return typeof folder === 'string' && isConsumerRecord(record)
    }
    return value.every(isRecorded) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a record is about this VCH, never by a name (S10): its VM id, and its vCenter in any spelling, or its endpoint
 * where one vCenter is known under two names.
 */
export function recordIsAbout(
  record: ConsumerRecord,
  vch: {readonly vcenter: string; readonly vchId: string; readonly endpoint?: string},
): boolean {
  if (record.vchId !== vch.vchId) return false
  return vcenterOf(record.vcenter) === vcenterOf(vch.vcenter) || record.endpoint === vch.endpoint
}
