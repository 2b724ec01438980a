import {NfsStatusError} from '../client/nfs-status-error.js'
import {RpcError} from '../client/rpc-error.js'
import {shownName} from '../wire/byte-text.js'

/** What a server said about one entry of a tree. */
export class EntryError extends Error {
  override readonly name = 'EntryError'

  constructor(path: string, error: NfsStatusError | RpcError) {
    super(`"${shownName(`/${path}`)}": ${error.message}`, {cause: error})
  }
}

/** Runs work on one entry; a refusal names the entry. @throws EntryError; everything else as it is */
export async function atPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NfsStatusError || error instanceof RpcError) throw new EntryError(path, error)
    throw error
  }
}
