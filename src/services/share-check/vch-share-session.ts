import {RECORD_FILE, RECORD_FOLDER} from '../../model/consumer-record.js'
import type {ErrorCode} from '../../model/error-table.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ShareSession} from '../../nfs/share-access.js'
import type {FileResult} from './read-file-log.js'

/** Runs the words of `share-check --files` in one container. */
type RunFiles = (words: readonly string[]) => Promise<readonly FileResult[]>

/** What nearly every look at a share asks for: one container fetches all of it. */
const LOOKS = [
  ['list', ''],
  ['list', 'volumes_metadata'],
  ['list', RECORD_FOLDER],
  ['read', RECORD_FILE],
] as const

const key = (operation: string, path: string): string => `${operation} ${path}`

function refused(place: ShareAddress, code: ErrorCode, what: string, result: FileResult): VicnfsError {
  const {host, path} = place
  const nfsStatus = result.status === undefined ? {} : {nfsStatus: result.status}
  return new VicnfsError(code, `${what} of ${host}:${path} failed, asked from the VCH.`, {
    reason: result.failed ?? 'It does not say why.',
    details: {host, path, ...nfsStatus},
  })
}

/**
 * Files of a share as a container of the consumer VCH sees them. Each change takes a container; what is mostly looked at
 * is fetched together, once for as long as nothing is changed.
 * @throws VN-NFS-SHARE-…, VN-CHECK-…, VN-VCH-…
 */
export async function openShareBy(place: ShareAddress, run: RunFiles): Promise<ShareSession> {
  let seen = new Map<string, FileResult>()
  const lookAround = async (): Promise<void> => {
    const results = await run(LOOKS.flat())
    seen = new Map()
    for (const [index, [operation, path]] of LOOKS.entries())
      seen.set(key(operation, path), results[index] ?? {found: false})
  }
  const look = async (operation: 'list' | 'read', path: string): Promise<FileResult> => {
    if (seen.size === 0 && LOOKS.some(([name, at]) => name === operation && at === path)) await lookAround()
    const known = seen.get(key(operation, path))
    const [result = {found: false}] = known === undefined ? await run([operation, path]) : [known]
    if (result.failed === undefined) return result
    throw refused(place, 'VN-NFS-SHARE-READ', `Reading "${path}"`, result)
  }
  const change = async (...words: readonly [string, string, ...string[]]): Promise<void> => {
    seen = new Map()
    const [result] = await run(words)
    if (result?.failed !== undefined) throw refused(place, 'VN-NFS-SHARE-WRITE', `Changing "${words[1]}"`, result)
  }
  await lookAround()
  return {
    list: async (dir) => (await look('list', dir)).entries,
    async readFile(path, maxBytes) {
      const {content} = await look('read', path)
      if (content === undefined || content.length <= maxBytes) return content
      throw new VicnfsError('VN-NFS-SHARE-TOO-LARGE', `"${path}" on the share is larger than ${maxBytes} bytes.`)
    },
    writeFile: (path, data) => change('write', path, Buffer.from(data).toString('hex')),
    makeDirectory: (path) => change('mkdir', path),
    removeFile: (path) => change('rm', path),
    removeDirectory: (path) => change('rmdir', path),
    close: () => Promise.resolve(),
  }
}
