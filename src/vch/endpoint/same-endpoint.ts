import {lookup as systemLookup} from 'node:dns/promises'
import {realpath} from 'node:fs/promises'
import path from 'node:path'
import {canonicalAddress} from '../../model/ip-address.js'
import {endpointPort, parseEndpoint, TLS_PORT, type EndpointAddress} from '../../model/endpoint.js'

/** Every IP address of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>

export interface SameEndpointOptions {
  readonly lookup?: Lookup
  readonly signal: AbortSignal
}

type TcpAddress = Extract<EndpointAddress, {kind: 'tcp'}>

/**
 * Whether two endpoints are one and the same (safety rule S10): port and one IP address in common, or the same unix
 * socket after symbolic links; the scheme does not count. A name that cannot be resolved equals only itself.
 * @param one any form that `parseEndpoint` reads, such as `VchApi.endpoint`
 * @param other likewise, such as the `DOCKER_HOST` that `vic-machine inspect` prints
 * @throws VN-VCH-ENDPOINT-BAD, and the reason of `signal` when aborted
 */
export async function sameEndpoint(one: string, other: string, options: SameEndpointOptions): Promise<boolean> {
  options.signal.throwIfAborted()
  const [a, b] = [parseEndpoint(one), parseEndpoint(other)]
  if (a.kind === 'unix' || b.kind === 'unix') {
    return a.kind === 'unix' && b.kind === 'unix' && (await realSocket(a.path)) === (await realSocket(b.path))
  }
  if (!portsAgree(a, b)) return false
  if (a.host === b.host) return true
  const lookup = options.lookup ?? allAddresses
  const both = (): Promise<readonly (readonly string[])[]> =>
    Promise.all([a, b].map(({host}) => addressesOf(host, lookup)))
  const [ofA = [], ofB = []] = await abortable(both, options.signal)
  return ofA.some((address) => ofB.includes(address))
}

/**
 * Every place that an endpoint may stand for, `host:port` with host as an IP address, or the real path of a socket: two
 * endpoints with one place in common are the same. Its own host is among them, for a name that cannot be resolved.
 * @throws VN-VCH-ENDPOINT-BAD, and the reason of `signal` when aborted
 */
export async function endpointPlaces(endpoint: string, options: SameEndpointOptions): Promise<string[]> {
  options.signal.throwIfAborted()
  const address = parseEndpoint(endpoint)
  if (address.kind === 'unix') return [`unix://${await realSocket(address.path)}`]
  const lookup = options.lookup ?? allAddresses
  const hosts = [address.host, ...(await abortable(() => addressesOf(address.host, lookup), options.signal))]
  return [...new Set(hosts)].flatMap((host) => portsOf(address).map((port) => `${host}:${port}`))
}

/** A missing port may be either of Docker's two, so it agrees with both. */
function portsOf(address: TcpAddress): readonly number[] {
  const isOpen = address.port === undefined && address.tls === undefined
  return isOpen ? [endpointPort(address), TLS_PORT] : [endpointPort(address)]
}

function portsAgree(a: TcpAddress, b: TcpAddress): boolean {
  return portsOf(a).some((port) => portsOf(b).includes(port))
}

/** The socket itself may be gone while its VCH is down, so then only its folder is resolved. */
async function realSocket(socketPath: string): Promise<string> {
  const folder = path.dirname(socketPath)
  return realpath(socketPath)
    .catch(async () => path.join(await realpath(folder), path.basename(socketPath)))
    .catch(() => path.resolve(socketPath))
}

async function allAddresses(host: string): Promise<readonly string[]> {
  const found = await systemLookup(host, {all: true})
  return found.map(({address}) => address)
}

async function addressesOf(host: string, lookup: Lookup): Promise<readonly string[]> {
  const found = await lookup(host).catch((): readonly string[] => [])
  return found.map(canonicalAddress)
}

/** Name resolution cannot be aborted, but waiting for it can. */
async function abortable<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {signal: stop.signal, once: true})
  })
  return Promise.race([aborted, work()]).finally(() => stop.abort())
}
