import type {ContainerRecord, NetworkState, SandboxState} from '../state/sandbox-state.js'
import {formatIpv4, inRange, parseIpv4, parseIpv4Range} from './ipv4.js'
import {readRequest} from './create-request.js'
import {portLayerError} from './vch-error.js'

/** The network of a container. @throws VchError 500 when it is gone */
export function networkOf(state: SandboxState, record: ContainerRecord): NetworkState {
  const network = state.networks.find((one) => one.name === record.network)
  if (network === undefined) throw portLayerError(`network ${record.network} not found`)
  return network
}

/** Addresses that may not be given: those of other containers, the gateway, network and broadcast address. */
function usedAddresses(state: SandboxState, network: NetworkState, except: string): Set<string> {
  const others = state.containers.filter((one) => one.network === network.name && one.id !== except)
  const used = new Set([...others.map((one) => one.address), network.gateway ?? '', state.publicAddress])
  if (network.subnet !== undefined) {
    const {first, last} = parseIpv4Range(network.subnet)
    used.add(formatIpv4(first)).add(formatIpv4(last))
  }
  return used
}

/** First free address of `range` after `after`, round about. */
function nextFree(range: string, used: ReadonlySet<string>, after: string): string {
  const whole = parseIpv4Range(range)
  const count = whole.last - whole.first + 1
  const start = after !== '' && inRange(after, whole) ? parseIpv4(after) + 1 : whole.first
  for (let step = 0; step < count; step++) {
    const address = formatIpv4(whole.first + ((start - whole.first + step) % count))
    if (!used.has(address)) return address
  }
  throw portLayerError('no available IP addresses')
}

/**
 * The address that a container gets at this start (facts/vch-docker-api.md § 4.2): its static one, the one it kept,
 * the next free one of the network's range, or on a DHCP network a new lease at each boot.
 * @throws VchError when there is none
 */
export function chooseAddress(state: SandboxState, record: ContainerRecord): string {
  const network = networkOf(state, record)
  const used = usedAddresses(state, network, record.id)
  const asked = readRequest(record.request).address
  if (asked !== '') {
    if (used.has(asked)) throw portLayerError(`${asked} is not available on network ${network.name}`)
    return asked
  }
  if (network.dhcp !== undefined) return nextFree(network.dhcp.range, used, record.address)
  if (record.address !== '') return record.address
  return nextFree(network.ipRange ?? network.subnet ?? '', used, '')
}

/** What create refuses about a static address (facts/vch-docker-api.md § 3.1). @throws VchError 500 */
export function checkStaticAddress(network: NetworkState, address: string): void {
  if (address === '') return
  if (network.gateway === undefined || network.subnet === undefined) {
    throw portLayerError(
      `Cannot set static IP (${address}) when default gateway is not set for network ${network.name}`,
    )
  }
  let inside = false
  try {
    inside = inRange(address, parseIpv4Range(network.subnet))
  } catch {
    // Not an address at all: said by the refusal below.
  }
  if (!inside) throw portLayerError(`${address} is not an address of network ${network.name} (${network.subnet})`)
}
