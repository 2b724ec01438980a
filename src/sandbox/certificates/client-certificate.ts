import {createPrivateKey, X509Certificate} from 'node:crypto'

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2'

/**
 * Whether a VCH whose client authority this is lets that client in: signed by it, in date, and for clients, as Go's
 * RequireAndVerifyClientCert has it (facts/vch-docker-api.md § 6).
 * @param certificate PEM or DER
 */
export function isClientOf(authority: string, certificate: string | Buffer, now = new Date()): boolean {
  try {
    const ca = new X509Certificate(authority)
    const client = new X509Certificate(certificate)
    const isInDate = new Date(client.validFrom) <= now && now <= new Date(client.validTo)
    // Node's types know only the form that the property has without extended usages.
    const usages = client.keyUsage as readonly string[] | undefined
    const isForClients = usages === undefined || usages.includes(CLIENT_AUTHENTICATION)
    return isInDate && isForClients && client.checkIssued(ca) && client.verify(ca.publicKey)
  } catch {
    return false
  }
}

/** Whether a private key is the one of a certificate; both PEM. */
export function belongTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
