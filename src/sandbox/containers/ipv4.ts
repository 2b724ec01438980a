/** An IPv4 address as a number. @throws Error when it is none */
export function parseIpv4(text: string): number {
  const parts = text.split('.')
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) {
    throw new Error(`${text} is no IPv4 address`)
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

export interface Ipv4Range {
  readonly first: number
  readonly last: number
  /** Prefix length; 32 for a range written as two addresses. */
  readonly prefix: number
}

/** Reads `a.b.c.d/n`, `a.b.c.d-e.f.g.h` or one address; first and last include network and broadcast address. */
export function parseIpv4Range(text: string): Ipv4Range {
  const [start = '', end] = text.split('-')
  if (end !== undefined) return {first: parseIpv4(start), last: parseIpv4(end), prefix: 32}
  const [base = '', bits = '32'] = text.split('/')
  const prefix = Number(bits)
  const size = 2 ** (32 - prefix)
  const first = Math.floor(parseIpv4(base) / size) * size
  return {first, last: first + size - 1, prefix}
}

export function inRange(address: string, range: Ipv4Range): boolean {
  const value = parseIpv4(address)
  return value >= range.first && value <= range.last
}
