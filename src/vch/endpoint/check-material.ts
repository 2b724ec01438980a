import {createPrivateKey, X509Certificate, type KeyObject} from 'node:crypto'
import path from 'node:path'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Endpoint} from './endpoint.js'

const PASSPHRASE = new Set(['ERR_MISSING_PASSPHRASE', 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED'])

/**
 * Looks at each file of TLS by itself, so that an error names the one that is wrong. What OpenSSL says about a key is
 * left out.
 * @throws VN-VCH-CERT-BAD, VN-VCH-CERT-KEY
 */
export function checkMaterial({tls, tlsFolder, origin}: Endpoint): void {
  const {ca, cert, key} = tls
  const file = (name: string): string => (tlsFolder === undefined ? `${name} of ${origin}` : path.join(tlsFolder, name))
  if (ca !== undefined) readCertificate(ca, file('ca.pem'))
  if (cert === undefined || key === undefined) return
  const certificate = readCertificate(cert, file('cert.pem'))
  if (certificate.checkPrivateKey(readKey(key, file('key.pem')))) return
  throw new VicnfsError('VN-VCH-CERT-KEY', `${file('key.pem')} does not belong to the cert.pem beside it.`, {
    ...(tlsFolder !== undefined && {
      tries: [
        shellQuote(['openssl', 'x509', '-in', file('cert.pem'), '-noout', '-pubkey']),
        shellQuote(['openssl', 'pkey', '-in', file('key.pem'), '-pubout']),
      ],
    }),
  })
}

function readCertificate(pem: Buffer, what: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new VicnfsError('VN-VCH-CERT-BAD', `${what} cannot be used: it holds no certificate in PEM.`, {cause: error})
  }
}

function readKey(pem: Buffer, what: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    const isLocked = PASSPHRASE.has((error as NodeJS.ErrnoException).code ?? '')
    const why = isLocked ? 'it is protected by a passphrase' : 'it holds no private key in PEM'
    throw new VicnfsError('VN-VCH-CERT-BAD', `${what} cannot be used: ${why}.`)
  }
}
