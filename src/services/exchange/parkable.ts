import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import {takesAddresses} from '../share/choose-network.js'
import {exposeCommand} from '../share/expose-command.js'
import type {ParkedContainer, ServerContainer} from '../share/find-server.js'

/** The command that has an empty server stand in for a share. */
export const parkCommand = (share: string): string[] => ['vicnfs', 'teardown', share, '--park']

/** The command that has a server container of ours serve again as it was: a parked one stays parked. */
export function serveCommand(server: ServerContainer | ParkedContainer): string {
  const {request} = server
  return 'records' in server ? shellQuote(parkCommand(request.name)) : exposeCommand(request)
}

/** Why another container cannot be given the address of this server; undefined when it can (S4). */
export async function whyNotParkable(
  adapters: Pick<Adapters, 'server'>,
  server: ServerContainer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const {choice} = server
  if (!choice.external) {
    return `Its server is not on a container network but on "${choice.network}", where it has no address of its own.`
  }
  if (choice.address === null) return `Its address was handed out by "${choice.network}" and cannot be asked for again.`
  const network = (await adapters.server.networks({signal})).find(({name}) => name === choice.network)
  if (network === undefined) return `The network "${choice.network}" of its server is not there any more.`
  if (!takesAddresses(network)) return `No address can be asked for on the network "${choice.network}" any more.`
  return undefined
}

/** @throws VN-NOT-PARKABLE */
export async function requireParkable(
  adapters: Pick<Adapters, 'server'>,
  server: ServerContainer,
  signal: AbortSignal,
): Promise<void> {
  const why = await whyNotParkable(adapters, server, signal)
  if (why === undefined) return
  throw new VicnfsError('VN-NOT-PARKABLE', `The server of "${server.request.name}" cannot be exchanged.`, {
    reason: `${why} A store would lose its server while it is registered.`,
    details: {network: server.choice.network, address: server.choice.address},
  })
}
