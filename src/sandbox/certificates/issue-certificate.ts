import {createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject} from 'node:crypto'
import {isIP} from 'node:net'
import {promisify} from 'node:util'

/** A certificate and its private key, both PEM; the key in PKCS#1, as vic-machine writes it. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

export interface CertificateWish {
  readonly role: 'authority' | 'server' | 'client'
  readonly organization: string
  /** An authority of vic-machine has none. */
  readonly commonName?: string
  /** IP address or DNS name for the subject alternative name; a certificate of `--no-tlsverify` has none. */
  readonly address?: string
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface IssueOptions {
  /** Who signs; the certificate is self-signed without. */
  readonly authority?: CertifiedKey
  /** A key that is there already, PEM; a new one of 2048 bits RSA is made without. */
  readonly key?: string
}

const KEY_BITS = 2048
const SERIAL_BYTES = 16
/** GeneralName of RFC 5280 § 4.2.1.6: dNSName, iPAddress. */
const DNS_NAME = 2
const IP_ADDRESS = 7

/**
 * Makes one X.509 certificate, with what vic-machine puts in (facts/vch-docker-api.md § 6). Keys are made by Node
 * itself; the library only builds and signs.
 */
export async function issueCertificate(wish: CertificateWish, options: IssueOptions = {}): Promise<CertifiedKey> {
  const {default: forge} = await import('node-forge')
  const privateKey = options.key === undefined ? await newKey() : createPrivateKey(options.key)
  const publicKey = createPublicKey(privateKey).export({type: 'spki', format: 'pem'}).toString()
  const key = privateKey.export({type: 'pkcs1', format: 'pem'}).toString()
  const cert = forge.pki.createCertificate()
  cert.publicKey = forge.pki.publicKeyFromPem(publicKey)
  // A serial number is positive, so its first bit is clear (RFC 5280 § 4.1.2.2).
  cert.serialNumber = `0${randomBytes(SERIAL_BYTES).toString('hex').slice(1)}`
  cert.validity.notBefore = wish.notBefore
  cert.validity.notAfter = wish.notAfter
  const subject = subjectOf(wish)
  const {authority} = options
  cert.setSubject(subject)
  cert.setIssuer(authority === undefined ? subject : forge.pki.certificateFromPem(authority.cert).subject.attributes)
  cert.setExtensions(extensionsOf(wish))
  cert.sign(forge.pki.privateKeyFromPem(authority?.key ?? key), forge.md.sha256.create())
  return {cert: forge.pki.certificateToPem(cert).replaceAll('\r\n', '\n'), key}
}

async function newKey(): Promise<KeyObject> {
  return (await promisify(generateKeyPair)('rsa', {modulusLength: KEY_BITS})).privateKey
}

function subjectOf({organization, commonName}: CertificateWish) {
  return [
    {shortName: 'O', value: organization},
    ...(commonName === undefined ? [] : [{shortName: 'CN', value: commonName}]),
  ]
}

function extensionsOf({role, address}: CertificateWish): object[] {
  if (role === 'authority') {
    return [
      {name: 'basicConstraints', cA: true, critical: true},
      {name: 'keyUsage', keyCertSign: true, digitalSignature: true, keyEncipherment: true, critical: true},
    ]
  }
  return [
    {name: 'basicConstraints', cA: false, critical: true},
    {name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true},
    {name: 'extKeyUsage', ...(role === 'server' ? {serverAuth: true} : {clientAuth: true})},
    ...(address === undefined ? [] : [{name: 'subjectAltName', altNames: [altName(address)]}]),
  ]
}

function altName(address: string) {
  return isIP(address) === 0 ? {type: DNS_NAME, value: address} : {type: IP_ADDRESS, ip: address}
}
