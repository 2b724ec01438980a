import {lookup as systemLookup} from 'node:dns/promises'
import {isIP} from 'node:net'
import {setTimeout as delay} from 'node:timers/promises'

import {canonicalAddress} from '../../model/ip-address.js'

/** A resolver that does not answer must not hold up what only compares; the system's own patience is longer. */
const LIMIT_MS = 5000

export interface HostAddressesOptions {
  readonly signal: AbortSignal
  /** Every IP address of a name; the system's without. */
  readonly lookup?: (host: string) => Promise<readonly string[]>
  readonly limitMs?: number
}

async function allAddresses(host: string): Promise<readonly string[]> {
  return (await systemLookup(host, {all: true})).map(({address}) => address)
}

/** Name resolution cannot be aborted, but waiting for it can. @throws the reason of `signal` */
async function resolve(host: string, options: HostAddressesOptions): Promise<readonly string[]> {
  const {signal, lookup = allAddresses, limitMs = LIMIT_MS} = options
  signal.throwIfAborted()
  const stop = new AbortController()
  const waiting = AbortSignal.any([stop.signal, signal])
  // eslint-disable-next-line vicnfs/heeds-stop -- looked at once the race is over
  const late = delay(limitMs, [], {signal: waiting}).catch(() => [])
  try {
    // eslint-disable-next-line vicnfs/heeds-stop -- looked at once the race is over
    const found = await Promise.race([lookup(host).catch(() => []), late])
    signal.throwIfAborted()
    return found
  } finally {
    stop.abort()
  }
}

/**
 * The addresses that host names stand for, in one spelling, with the texts themselves: a share named by host name, or by
 * another spelling of its address, is the same share. A name that does not resolve here, or not in time, stands for itself
 * only; preflight says so where it matters.
 * @throws the reason of the signal
 */
export async function hostAddresses(
  hosts: readonly string[],
  options: HostAddressesOptions,
): Promise<readonly string[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const bare = canonicalAddress(host)
      if (isIP(bare) !== 0) return [bare]
      return [bare, ...(await resolve(bare, options)).map(canonicalAddress)]
    }),
  )
  return found.flat()
}

/** Whether this machine knows no address of a host: then it may be any. */
export function isUnresolved(addresses: readonly string[]): boolean {
  return addresses.every((text) => isIP(text) === 0)
}
