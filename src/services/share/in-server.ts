import {dockerCommand} from '../../model/docker-command.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {hostAddresses} from '../registration/host-addresses.js'
import {listServers, serves} from './find-server.js'

/** The docker command that runs something in the server container of a place; none where it is not one of ours. */
export async function inServer(
  adapters: Pick<Adapters, 'server'>,
  place: ShareAddress,
  options: {readonly argv: readonly string[]; readonly signal: AbortSignal},
): Promise<string[]> {
  const {argv, signal} = options
  try {
    const addresses = await hostAddresses([place.host], {signal})
    const server = (await listServers(adapters.server, {signal})).find((each) => serves(each, addresses, place.path))
    if (server === undefined) return []
    return [dockerCommand(adapters.server.endpoint, ['exec', server.container.name, ...argv])]
  } catch {
    signal.throwIfAborted()
    return []
  }
}
