import {X509Certificate} from 'node:crypto'
import {isIP} from 'node:net'
import type {DockerEndpoint} from '../vcenter/vcenter-api.js'
import type {InfoReply} from './invocation.js'

type TcpEndpoint = Extract<DockerEndpoint, {kind: 'tcp'}>

/**
 * What vic-machine makes of a failure of TLS at the Docker API. Where client certificates are demanded it has none, so
 * an error is what it expects and takes for readiness; a server's certificate out of date is the one that it fails on
 * (facts/vic-machine.md § 3.1.5; vic lib/install/management/appliance.go CheckDockerAPI). Go looks at the server's
 * certificate before it sends its own, Node after the handshake: so that look is taken here.
 */
export function readTlsFailure(error: Error, endpoint: TcpEndpoint): InfoReply {
  // An alert in the midst of the handshake comes as the write error EPROTO, with OpenSSL's words in its message.
  if (!/^(EPROTO|ERR_SSL_)/.test((error as NodeJS.ErrnoException).code ?? '')) return {kind: 'retry'}
  if (/wrong version number|packet length too long/i.test(error.message))
    return {kind: 'broken', message: 'http: server gave HTTP response to HTTPS client'}
  const {host, hostCertificate, clientAuthority} = endpoint
  if (clientAuthority === undefined) return {kind: 'retry'}
  const trouble =
    hostCertificate === undefined
      ? undefined
      : serverTrouble(new X509Certificate(hostCertificate), host, clientAuthority)
  return (
    trouble ?? assumed('Expected TLS error without access to client certificate, received error: tls: bad certificate')
  )
}

function assumed(warning: string): InfoReply {
  return {kind: 'assumed', warning}
}

/** In the order of Go's Certificate.Verify: dates, name, authority. */
function serverTrouble(certificate: X509Certificate, host: string, authority: string): InfoReply | undefined {
  const now = new Date()
  if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo))
    return {kind: 'broken', message: 'x509: certificate has expired or is not yet valid'}
  if ((isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) === undefined)
    return assumed(`Server certificate hostname doesn't match: x509: ${hostMismatch(host, certificate)}`)
  if (certificate.verify(new X509Certificate(authority).publicKey)) return undefined
  return assumed(
    'Unable to validate server certificate with configured CAs (unknown CA): x509: certificate signed by unknown authority',
  )
}

/** The words of Go's x509.HostnameError. */
function hostMismatch(host: string, {subjectAltName = ''}: X509Certificate): string {
  const kind = isIP(host) === 0 ? 'DNS' : 'IP Address'
  const known = [...subjectAltName.matchAll(new RegExp(`${kind}:([^,\\s]+)`, 'g'))].map((match) => match[1])
  if (isIP(host) !== 0 && known.length === 0)
    return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
  return `certificate is valid for ${known.join(', ')}, not ${host}`
}
