const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * One spelling for each IP address: lower case, without brackets, IPv6 as short as it gets, and an IPv4 address that is
 * written as IPv6 sees it (`::ffff:10.0.0.5`) as the IPv4 address that it is. Whatever is no IPv6 address is only lowered.
 */
export function canonicalAddress(text: string): string {
  const bare = text.replace(/^\[|\]$/g, '').toLowerCase()
  if (!bare.includes(':')) return bare
  let short: string
  try {
    short = new URL(`nfs://[${bare}]/`).hostname.replace(/^\[|\]$/g, '')
  } catch {
    return bare
  }
  const [, high, low] = MAPPED.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low]
    .map((part) => Number.parseInt(part, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.')
}
