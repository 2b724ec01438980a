import {lookup} from 'node:dns/promises'
import {isIP} from 'node:net'

/**
 * The addresses that host names stand for, with the texts themselves: a share named by host name is the same share.
 * A name that does not resolve here stands for itself only; preflight says so where it matters.
 */
export async function hostAddresses(hosts: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
      if (isIP(bare) !== 0) return [bare]
      const resolved = await lookup(bare, {all: true}).catch(() => [])
      return [bare, ...resolved.map(({address}) => address)]
    }),
  )
  return found.flat()
}
