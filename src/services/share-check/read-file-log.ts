import {VicnfsError} from '../../model/vicnfs-error.js'

/** One entry of a folder, as share-check prints it. */
export interface FileEntry {
  readonly name: string
  readonly isDirectory: boolean
  readonly owner?: {readonly uid: number; readonly gid: number}
}

/** What one operation of `share-check --files` came to. */
export interface FileResult {
  readonly found: boolean
  readonly content?: Buffer
  readonly entries?: readonly FileEntry[]
  readonly failed?: string
  /** Name of an NFS or MOUNT status. */
  readonly status?: string
  readonly code?: string
}

/** The share could not be opened at all. */
const OPENING = -1

type Fields = Readonly<Record<string, unknown>>

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ') : undefined
const fromHex = (value: unknown): Buffer | undefined =>
  typeof value === 'string' && /^(?:[0-9a-f]{2})*$/.test(value) ? Buffer.from(value, 'hex') : undefined

function entryOf(value: unknown): FileEntry {
  const {name, folder, uid, gid} = asFields(value)
  const text = fromHex(name)?.toString('utf8')
  if (text === undefined || typeof folder !== 'boolean') throw new TypeError('an entry that cannot be read')
  const owner = typeof uid === 'number' && typeof gid === 'number' ? {owner: {uid, gid}} : {}
  return {name: text, isDirectory: folder, ...owner}
}

function resultOf(fields: Fields): FileResult {
  const {found, content, entries} = fields
  const [failed, status, code] = [fields['failed'], fields['status'], fields['code']].map(asText)
  const bytes = fromHex(content)
  if (content !== undefined && bytes === undefined) throw new TypeError('a content that cannot be read')
  return {
    found: found !== false,
    ...(bytes === undefined ? {} : {content: bytes}),
    ...(Array.isArray(entries) ? {entries: entries.map(entryOf)} : {}),
    ...(failed === undefined ? {} : {failed}),
    ...(status === undefined ? {} : {status}),
    ...(code === undefined ? {} : {code}),
  }
}

function noResult(log: string, exitCode: number, cause?: unknown): VicnfsError {
  const words = log.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'))
  const said = words
    .slice(-3)
    .join(' | ')
    .replace(/\p{Cc}/gu, ' ')
  const message = `The container that looks at the share ended with exit code ${exitCode}.`
  const reason = said === '' ? 'It gave no result and said nothing.' : `It said: ${said}`
  return new VicnfsError('VN-CHECK-NO-RESULT', message, {reason, details: {exitCode}, cause})
}

/**
 * Reads the log of a container that ran `share-check --files`; a log that lacks an operation is no result.
 * @param wanted how many operations there were
 * @throws VN-CHECK-NO-RESULT; VN-NFS-SHARE-OPEN when the share could not be opened
 */
export function readFileLog(log: string, ended: {readonly exitCode: number; readonly wanted: number}): FileResult[] {
  const {exitCode, wanted} = ended
  const results = new Map<unknown, FileResult>()
  try {
    for (const line of log.split('\n').filter((each) => each.startsWith('{'))) {
      const fields = asFields(asFields(JSON.parse(line))['file'])
      results.set(fields['index'], resultOf(fields))
    }
  } catch (error) {
    throw noResult(log, exitCode, error)
  }
  const opening = results.get(OPENING)
  if (opening !== undefined) {
    const details = {code: opening.code}
    throw new VicnfsError('VN-NFS-SHARE-OPEN', 'A container of the VCH could not open the share.', {
      reason: opening.failed ?? 'It does not say why.',
      details,
    })
  }
  return Array.from({length: wanted}, (_, index) => {
    const result = results.get(index)
    if (result === undefined) throw noResult(log, exitCode)
    return result
  })
}
