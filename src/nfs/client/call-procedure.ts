import {decode, encode} from '../wire/codec.js'
import type {Procedure} from '../wire/procedure.js'
import type {Credential} from '../wire/rpc-message.js'
import {XdrError} from '../wire/xdr.js'
import type {CallOptions, RpcConnection} from './rpc-connection.js'
import {RpcError} from './rpc-error.js'

/** An RPC program in one version, and who calls it. */
export interface Caller {
  readonly program: {readonly program: number; readonly version: number}
  readonly credential: Credential
}

export const AUTH_NONE: Credential = {flavor: 'none'}

/**
 * Calls one procedure and reads its result.
 * @throws RpcError, also when the result is garbage; the signal's reason when aborted
 */
export async function callProcedure<A, R>(
  connection: RpcConnection,
  procedure: Procedure<A, R>,
  args: A,
  options: Caller & CallOptions,
): Promise<R> {
  const {program, credential} = options
  const call = {...program, procedure: procedure.number, credential, body: encode(procedure.arguments, args)}
  const body = await connection.call(call, options)
  try {
    return decode(procedure.result, body)
  } catch (error) {
    if (!(error instanceof XdrError)) throw error
    const text = `${connection.peer} answered ${procedure.name} with garbage: ${error.message}`
    throw new RpcError('garbage', text, {answered: true, cause: error})
  }
}
