import {exposeCommand} from './expose-command.js'
import {cidrContains, freeAddress, parseCidr} from '../../model/cidr.js'
import type {ShareRequest} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VchInfo, VchNetwork} from '../../vch/vch-api.js'

function listed(networks: readonly VchNetwork[]): string {
  return networks.map((network) => `${network.name} (${network.external ? 'container network' : 'bridge'})`).join(', ')
}

/**
 * The network of the server container: the one named, else the only container network (DESIGN § 5).
 * A plain Docker Engine has no container networks, so there the default bridge is taken.
 * @throws VN-SHARE-NETWORK
 */
export function chooseNetwork(networks: readonly VchNetwork[], request: ShareRequest, info: VchInfo): VchNetwork {
  if (request.network !== null) {
    const named = networks.find((network) => network.name === request.network)
    if (named !== undefined) return named
    throw new VicnfsError('VN-SHARE-NETWORK', `"${info.name}" has no network "${request.network}".`, {
      reason: `It has: ${listed(networks)}.`,
    })
  }
  const external = networks.filter((network) => network.external)
  const fallback = info.kind === 'docker-engine' ? networks.find((network) => network.name === 'bridge') : undefined
  const only = external.length === 1 ? external[0] : fallback
  if (only !== undefined) return only
  const found = external.length === 0 ? 'It has no container network' : 'It has more than one container network'
  throw new VicnfsError('VN-SHARE-NETWORK', 'The network for the server container has to be named.', {
    reason: `${found}: ${listed(networks)}.`,
    tries: external.slice(0, 2).map((network) => exposeCommand({...request, network: network.name})),
  })
}

/** Whether an address can be asked for on this network: VIC wants a subnet and a gateway for that. */
export function takesAddresses(network: VchNetwork): boolean {
  return network.external && network.subnet !== undefined && (network.gateway ?? '') !== ''
}

/**
 * The address to ask for: the operator's, else a free one of the network's range; null where none can be asked for.
 * @param reserved addresses of server containers of ours, which come back to them when they are started again
 * @throws VN-SETTING-BAD for an address outside the network, or taken; VN-SHARE-NETWORK for a full range
 */
export function chooseAddress(
  network: VchNetwork,
  request: ShareRequest,
  reserved: readonly string[] = [],
): string | null {
  if (request.address !== null) {
    checkAddress(network, request.address, reserved)
    return request.address
  }
  if (!takesAddresses(network)) return null
  const address = freeAddress({...network, usedAddresses: [...network.usedAddresses, ...reserved]})
  if (address !== undefined) return address
  throw new VicnfsError('VN-SHARE-NETWORK', `Every address of the network "${network.name}" is in use.`, {
    reason: `Its range is ${network.ipRange ?? network.subnet ?? 'unknown'}.`,
  })
}

function checkAddress(network: VchNetwork, address: string, reserved: readonly string[]): void {
  if (network.external && !takesAddresses(network)) {
    throw new VicnfsError('VN-SETTING-BAD', `No address can be asked for on the network "${network.name}".`, {
      reason: 'VIC takes a fixed address only on a container network that was configured with a gateway.',
    })
  }
  if (network.subnet !== undefined && !cidrContains(parseCidr(network.subnet), address)) {
    throw new VicnfsError('VN-SETTING-BAD', `${address} is not in the network "${network.name}" (${network.subnet}).`)
  }
  if (address === network.gateway) {
    throw new VicnfsError('VN-SETTING-BAD', `${address} is the gateway of "${network.name}".`)
  }
  if ([...network.usedAddresses, ...reserved].includes(address)) {
    throw new VicnfsError('VN-SETTING-BAD', `${address} is in use by another container of "${network.name}".`)
  }
}
