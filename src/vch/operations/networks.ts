import type Docker from 'dockerode'
import {getJson, pathPart} from '../door/request.js'
import {notDockerError} from '../failures/general-error.js'
import type {Door} from '../door/door.js'
import type {CallOptions, VchNetwork} from '../vch-api.js'

interface RawNetwork {
  readonly Name: string
  readonly Id: string
  readonly Driver?: string
  readonly IPAM?: {readonly Config?: readonly RawPool[] | null} | null
  readonly Containers?: Readonly<Record<string, {readonly IPv4Address?: string}>> | null
}

interface RawPool {
  readonly Subnet?: string
  readonly Gateway?: string
  readonly IPRange?: string
}

/**
 * Drivers whose containers have addresses of their own: VIC's container networks, and their likes on a Docker Engine.
 */
const EXTERNAL_DRIVERS: ReadonlySet<string> = new Set(['external', 'macvlan', 'ipvlan'])

/** All networks with their address pools and the addresses in use (facts/vch-docker-api.md § 4.1). */
export async function listNetworks(door: Door, options?: CallOptions): Promise<readonly VchNetwork[]> {
  return door.call({doing: 'list its networks', limitMs: 60_000}, options, async (docker, signal) => {
    const raw: unknown = await docker.listNetworks({abortSignal: signal})
    if (!Array.isArray(raw)) throw notDockerError(door.endpoint)
    return Promise.all(
      (raw as RawNetwork[]).map(async (network) => viewOf(await withContainers(network, docker, signal))),
    )
  })
}

/** From API 1.28 on a list no longer says who is on a network; a VCH's always does. */
async function withContainers(network: RawNetwork, docker: Docker, signal: AbortSignal): Promise<RawNetwork> {
  if (network.Containers !== undefined) return network
  return (await getJson(docker, `/networks/${pathPart(network.Id)}`, signal)) as RawNetwork
}

function viewOf(raw: RawNetwork): VchNetwork {
  const pools = (raw.IPAM?.Config ?? []).filter(({Subnet}) => !(Subnet ?? '').includes(':'))
  const subnet = pools.find((pool) => pool.Subnet)?.Subnet
  const gateway = pools.find((pool) => pool.Gateway)?.Gateway
  const ranges = pools.flatMap(({IPRange}) => (IPRange ? [IPRange] : []))
  return {
    name: raw.Name,
    id: raw.Id,
    external: EXTERNAL_DRIVERS.has(raw.Driver ?? ''),
    ...(subnet === undefined ? {} : {subnet}),
    ...(gateway === undefined ? {} : {gateway: withoutPrefix(gateway)}),
    ...(ranges.length === 0 ? {} : {ipRange: ranges.join(',')}),
    usedAddresses: Object.values(raw.Containers ?? {})
      .map(({IPv4Address}) => withoutPrefix(IPv4Address ?? ''))
      .filter((address) => address !== ''),
  }
}

function withoutPrefix(address: string): string {
  return address.split('/')[0] ?? ''
}
