import {PORTMAP2} from '../wire/portmap2.js'
import {IPPROTO_TCP, PORTMAP} from '../wire/rpc-message.js'
import {AUTH_NONE, callProcedure} from './call-procedure.js'
import {connectRpc, type CallOptions} from './rpc-connection.js'

/** Where every VCH and every kernel client asks; fixed there (facts/vic-machine.md § 6.1). */
export const PORTMAP_PORT = 111

const MAX_REPLY_BYTES = 65_536

export interface GetPortOptions extends CallOptions {
  readonly portmapPort?: number | undefined
}

/**
 * Asks the host's port mapper, version 2 over TCP, where a program listens, as a VCH does.
 * @returns the TCP port; 0 when the program is not registered in this version
 * @throws RpcError; the signal's reason when aborted
 */
export async function getPort(
  host: string,
  program: {readonly program: number; readonly version: number},
  options: GetPortOptions = {},
): Promise<number> {
  const portmapper = await connectRpc(host, options.portmapPort ?? PORTMAP_PORT, {
    ...options,
    maxReplyBytes: MAX_REPLY_BYTES,
  })
  try {
    const mapping = {...program, protocol: IPPROTO_TCP, port: 0}
    return await callProcedure(portmapper, PORTMAP2.getport, mapping, {
      ...options,
      program: PORTMAP,
      credential: AUTH_NONE,
    })
  } finally {
    portmapper.close()
  }
}
