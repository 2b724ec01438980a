import {setTimeout as delay} from 'node:timers/promises'
import {NFS3_STATUS} from '../wire/status.js'
import {isNfsStatus} from './nfs-status-error.js'
import type {Nfs3Client} from './nfs3-client.js'
import type {CallOptions} from './rpc-connection.js'

export interface Patience {
  /** How often a call is made again. */
  readonly tries: number
  /** Before the first repetition; twice as long before each further one. */
  readonly pauseMs: number
}

/** About a minute: a server that brings a file back from somewhere, or has just been restarted. */
const PATIENCE: Patience = {tries: 8, pauseMs: 250}

type Call = (args: never, options?: CallOptions) => Promise<unknown>

function patiently(call: Call, {tries, pauseMs}: Patience): Call {
  return async (args, options) => {
    for (let n = 0; ; n += 1) {
      try {
        return await call(args, options)
      } catch (error) {
        if (n >= tries || !isNfsStatus(error, NFS3_STATUS.JUKEBOX.number)) throw error
        await delay(pauseMs * 2 ** n, undefined, {signal: options?.signal})
      }
    }
  }
}

/** The same client, which calls again while the server asks to be called later (NFS3ERR_JUKEBOX, RFC 1813 § 2.6). */
export function patientClient(nfs: Nfs3Client, patience = PATIENCE): Nfs3Client {
  const calls = Object.entries(nfs).map(([name, call]) => [name, patiently(call as Call, patience)])
  return Object.fromEntries(calls) as Nfs3Client
}
