import {NFS3, type Nfs3Name} from '../wire/nfs3.js'
import type {ArgumentsOf, Procedure, ResultOf, StatusResult} from '../wire/procedure.js'
import {NFS, type Credential} from '../wire/rpc-message.js'
import {callProcedure} from './call-procedure.js'
import {NfsStatusError} from './nfs-status-error.js'
import type {CallOptions, RpcConnection} from './rpc-connection.js'

type Successful<R> = R extends {readonly ok: true; readonly value: infer O} ? O : never

/**
 * The procedures of NFSv3, each `(arguments, options) → value`.
 * They throw NfsStatusError on a status other than NFS3_OK, RpcError below it.
 */
export type Nfs3Client = {
  readonly [K in Exclude<Nfs3Name, 'null'>]: (
    args: ArgumentsOf<(typeof NFS3)[K]>,
    options?: CallOptions,
  ) => Promise<Successful<ResultOf<(typeof NFS3)[K]>>>
}

/** Speaks NFSv3 on a connection, every call with the same credential. */
export function nfs3Client(connection: RpcConnection, credential: Credential): Nfs3Client {
  const callerOf = (procedure: Procedure<unknown, StatusResult<unknown, unknown>>) => {
    return async (args: unknown, options: CallOptions = {}) => {
      const result = await callProcedure(connection, procedure, args, {...options, program: NFS, credential})
      if (!result.ok) throw new NfsStatusError('NFS', procedure.name, result.status)
      return result.value
    }
  }
  const {null: _unused, ...procedures} = NFS3
  const callers = Object.entries(procedures).map(([name, procedure]) => [
    name,
    callerOf(procedure as unknown as Procedure<unknown, StatusResult<unknown, unknown>>),
  ])
  return Object.fromEntries(callers) as Nfs3Client
}
