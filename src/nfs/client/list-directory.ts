import {VERIFIER_BYTES} from '../wire/nfs3-arguments.js'
import type {EntryPlus} from '../wire/nfs3-results.js'
import type {Nfs3Client} from './nfs3-client.js'
import type {CallOptions} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'

/** The sizes that a VCH asks with (facts/vic-machine.md § 6.1). */
const DIR_COUNT_BYTES = 512
const MAX_COUNT_BYTES = 4096
const DEFAULT_MAX_ENTRIES = 100_000

export interface ListOptions extends CallOptions {
  /** For the whole listing, however many pages it has; each page has the connection's deadline when absent. */
  readonly timeoutMs?: number | undefined
  /** A longer directory is an error. */
  readonly maxEntries?: number | undefined
  /** Bytes of names and cookies, and of the whole of each page; as a VCH asks when absent. */
  readonly page?: {readonly dirCount: number; readonly maxCount: number}
}

/**
 * Lists a directory with READDIRPLUS, cookie by cookie to the end; `.` and `..` are among the entries.
 * @throws RpcError when the server goes in circles or the directory exceeds `maxEntries`; NfsStatusError
 */
export async function listDirectory(nfs: Nfs3Client, dir: Buffer, options: ListOptions = {}): Promise<EntryPlus[]> {
  const maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES
  const entries: EntryPlus[] = []
  const deadlineMs = options.timeoutMs === undefined ? undefined : performance.now() + options.timeoutMs
  const sizes = options.page ?? {dirCount: DIR_COUNT_BYTES, maxCount: MAX_COUNT_BYTES}
  let cookie = 0n
  let cookieVerifier: Buffer = Buffer.alloc(VERIFIER_BYTES)
  for (;;) {
    const page = {dir, cookie, cookieVerifier, ...sizes}
    const timeoutMs = deadlineMs === undefined ? undefined : Math.max(1, Math.ceil(deadlineMs - performance.now()))
    const listing = await nfs.readdirplus(page, {signal: options.signal, timeoutMs})
    entries.push(...listing.entries)
    if (listing.eof) return entries
    const last = listing.entries.at(-1)
    if (last === undefined || last.cookie === cookie) {
      throw new RpcError('garbage', 'READDIRPLUS brought no further entry, and yet not the end of the directory')
    }
    if (entries.length > maxEntries) throw new RpcError('garbage', `a directory of more than ${maxEntries} entries`)
    cookie = last.cookie
    cookieVerifier = listing.cookieVerifier
  }
}
