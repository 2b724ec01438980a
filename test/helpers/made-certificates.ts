import {generateKeyPairSync} from 'node:crypto'

import {issueCertificate, type CertificateWish} from '../../src/sandbox/certificates/issue-certificate.js'

export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** What differs from a certificate in date, whenever the test runs. */
export interface Difference extends Partial<Pick<CertificateWish, 'notBefore' | 'notAfter'>> {
  /** Address in the subject alternative name. */
  readonly address?: string
  /** With a private key that no other certificate has. */
  readonly ownKey?: boolean
}

export interface Authority {
  readonly ca: Buffer
  issue(role: 'server' | 'client', name: string, difference?: Difference): Promise<Pair>
}

export const LONG_AGO = {notBefore: new Date('2001-01-01T00:00:00Z'), notAfter: new Date('2002-01-01T00:00:00Z')}
export const FAR_AHEAD = {notBefore: new Date('2998-01-01T00:00:00Z'), notAfter: new Date('2999-01-01T00:00:00Z')}
const ALWAYS = {notBefore: LONG_AGO.notBefore, notAfter: FAR_AHEAD.notAfter}

let shared: string | undefined

function newKey(): string {
  const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
  return privateKey.export({type: 'pkcs1', format: 'pem'}).toString()
}

/** Making keys takes longer than all else, so most certificates share one. */
async function made(wish: CertificateWish, {authority, key}: {authority?: {cert: string; key: string}; key?: string}) {
  return issueCertificate(wish, {...(authority && {authority}), key: key ?? (shared ??= newKey())})
}

/** A certificate authority as vic-machine makes one. */
export async function makeAuthority(organization: string): Promise<Authority> {
  const authority = await made({role: 'authority', organization, ...ALWAYS}, {key: newKey()})
  return {
    ca: Buffer.from(authority.cert),
    issue: async (role, commonName, {ownKey = false, ...difference} = {}) => {
      const wish = {role, organization, commonName, ...ALWAYS, ...difference}
      const {cert, key} = await made(wish, {authority, ...(ownKey && {key: newKey()})})
      return {cert: Buffer.from(cert), key: Buffer.from(key)}
    },
  }
}

/** A server certificate that vouches for itself and names nobody, as `vic-machine create --no-tlsverify` makes it. */
export async function makeSelfSigned(organization: string): Promise<Pair> {
  const {cert, key} = await made({role: 'server', organization, ...ALWAYS}, {})
  return {cert: Buffer.from(cert), key: Buffer.from(key)}
}
