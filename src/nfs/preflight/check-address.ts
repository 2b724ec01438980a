import {isIP} from 'node:net'
import type {Diagnosis} from './diagnosis.js'
import type {ShareAddress} from './report.js'

/** True for `host:2049` and `[::1]:2049`; an IPv6 literal, bare or in brackets, has no port. */
export function hasPort(host: string): boolean {
  if (host.startsWith('[')) return !host.endsWith(']')
  return host.includes(':') && isIP(host) === 0
}

/** What is wrong with an address before anything is dialled (facts/vic-machine.md § 6.1; DESIGN § 3.8). */
export function checkAddress({host, path}: ShareAddress): Diagnosis | undefined {
  if (hasPort(host)) {
    return {
      code: 'VN-NFS-PORT-IN-URL',
      finding: `the host "${host}" carries a port; a VCH would dial "${host}:111" and fail`,
      tries: [],
    }
  }
  if (/^\/*$/.test(path)) {
    return {code: 'VN-NFS-ROOT-EXPORT', finding: 'the root "/" of a server cannot be a volume store', tries: []}
  }
  return undefined
}
