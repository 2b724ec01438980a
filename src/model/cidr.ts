import {VicnfsError} from './vicnfs-error.js'

/** A block of IPv4 addresses: its first one as a number, and the length of its prefix. */
export interface Cidr {
  readonly base: number
  readonly prefixLength: number
}

/**
 * What choosing an address needs to know of a network; a VCH's Docker API leaves `ipRange` out when it is the subnet.
 */
export interface AddressPlan {
  readonly subnet?: string
  readonly gateway?: string
  /** CIDR, `first-last`, or several of them with commas between. */
  readonly ipRange?: string
  /** Addresses without prefix length. */
  readonly usedAddresses: readonly string[]
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/

/** @returns the address as a number from 0 to 2^32-1, or undefined when the text is no IPv4 address */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return undefined
  return octets.reduce((value, octet) => value * 256 + Number(octet), 0)
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

/**
 * Reads `10.0.0.0/24`; host bits are cleared, as VIC and Docker do with `192.168.100.41/29`.
 * @throws VN-SETTING-BAD
 */
export function parseCidr(text: string): Cidr {
  const [addressText, prefixText, ...rest] = text.trim().split('/')
  const address = parseIpv4(addressText ?? '')
  const prefixLength = /^\d{1,2}$/.test(prefixText ?? '') ? Number(prefixText) : Number.NaN
  if (address === undefined || rest.length > 0 || !(prefixLength <= 32)) {
    throw new VicnfsError('VN-SETTING-BAD', `"${text}" is not a network such as 192.168.100.0/24.`)
  }
  return {base: address - (address % blockSize(prefixLength)), prefixLength}
}

export function formatCidr({base, prefixLength}: Cidr): string {
  return `${formatIpv4(base)}/${prefixLength}`
}

/** Whether an IPv4 address, as text, lies in the block; false for anything that is no address. */
export function cidrContains(cidr: Cidr, address: string): boolean {
  const value = parseIpv4(address)
  return value !== undefined && value >= cidr.base && value <= lastOf(cidr)
}

/**
 * The first address that may be asked for on a network: inside its range (else its subnet) and its subnet, not the
 * subnet's first or last, not the gateway, not in use.
 * @returns undefined when all are taken, or the network has no subnet or no gateway: a VCH takes no fixed address there
 * (facts/vch-docker-api.md § 4.2)
 * @throws VN-SETTING-BAD when a subnet or range cannot be read
 */
export function freeAddress(network: AddressPlan): string | undefined {
  if (network.subnet === undefined || network.gateway === undefined) return undefined
  const subnet = parseCidr(network.subnet)
  const taken = new Set([network.gateway, ...network.usedAddresses].map((address) => parseIpv4(address)))
  const [lowest, highest] = hostsOf(subnet)
  for (const [first, last] of rangesOf(network.ipRange, subnet)) {
    for (let value = Math.max(first, lowest); value <= Math.min(last, highest); value++) {
      if (!taken.has(value)) return formatIpv4(value)
    }
  }
  return undefined
}

/**
 * How many addresses may be asked for on a network in all, and how many of them are free; undefined where none can be
 * asked for, as with `freeAddress`.
 * @throws VN-SETTING-BAD when a subnet or range cannot be read
 */
export function countAddresses(network: AddressPlan): {readonly total: number; readonly free: number} | undefined {
  if (network.subnet === undefined || network.gateway === undefined) return undefined
  const subnet = parseCidr(network.subnet)
  const [lowest, highest] = hostsOf(subnet)
  const ranges = joined(
    rangesOf(network.ipRange, subnet).map(([first, last]) => [Math.max(first, lowest), Math.min(last, highest)]),
  )
  const inRange = (value: number): boolean => ranges.some(([first, last]) => value >= first && value <= last)
  const numbers = (texts: readonly string[]): Set<number> =>
    new Set(texts.map((text) => parseIpv4(text)).filter((value) => value !== undefined && inRange(value)) as number[])
  const gateways = numbers([network.gateway])
  const taken = [...numbers(network.usedAddresses)].filter((value) => !gateways.has(value))
  const total = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0) - gateways.size
  return {total, free: total - taken.length}
}

/** Ranges without overlaps, empty ones left out. */
function joined(ranges: readonly (readonly [number, number])[]): [number, number][] {
  const result: [number, number][] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (last < first) continue
    const previous = result.at(-1)
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else result.push([first, last])
  }
  return result
}

function blockSize(prefixLength: number): number {
  return 2 ** (32 - prefixLength)
}

function lastOf({base, prefixLength}: Cidr): number {
  return base + blockSize(prefixLength) - 1
}

/** Blocks of one and two addresses have neither a network nor a broadcast address (RFC 3021). */
function hostsOf(subnet: Cidr): [number, number] {
  return subnet.prefixLength >= 31 ? [subnet.base, lastOf(subnet)] : [subnet.base + 1, lastOf(subnet) - 1]
}

function rangesOf(text: string | undefined, subnet: Cidr): (readonly [number, number])[] {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '')
  if (parts.length === 0) return [[subnet.base, lastOf(subnet)]]
  return parts.map((part) => rangeOf(part.trim()))
}

function rangeOf(text: string): readonly [number, number] {
  const [firstText, lastText] = text.split('-')
  if (lastText === undefined) {
    const block = parseCidr(text)
    return [block.base, lastOf(block)]
  }
  const first = parseIpv4(firstText?.trim() ?? '')
  // VIC also writes the last octet alone: 10.0.0.10-24
  const last = parseIpv4(/^\d+$/.test(lastText) ? (firstText?.replace(/\d+$/, lastText) ?? '') : lastText.trim())
  if (first === undefined || last === undefined || last < first) {
    throw new VicnfsError('VN-SETTING-BAD', `"${text}" is not a range of addresses such as 10.0.0.10-10.0.0.24.`)
  }
  return [first, last]
}
