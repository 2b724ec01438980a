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

const TEXT_FIELDS = ['vchName', 'vchId', 'vcenter', 'endpoint', 'label', 'path', 'writtenAt'] as const

/** @returns undefined when the text is no record that this version understands */
export function parseConsumerRecord(text: string): ConsumerRecord | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    if (value['schemaVersion'] !== 1) return undefined
    if (TEXT_FIELDS.some((field) => typeof value[field] !== 'string')) return undefined
    if (!Number.isInteger(value['uid']) || !Number.isInteger(value['gid'])) return undefined
    return value as unknown as ConsumerRecord
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
