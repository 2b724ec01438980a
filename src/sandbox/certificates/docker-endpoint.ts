import {readFileSync} from 'node:fs'
import path from 'node:path'
import type {ListenPlace} from '../docker-api/listener.js'
import type {SandboxState} from '../state/sandbox-state.js'
import type {DockerEndpoint} from '../vcenter/vcenter-api.js'

/** Where a sandbox on TCP has its certificates, laid out as the folder that `vic-machine create` makes. */
export function certificateFolder(directory: string): string {
  return path.join(directory, 'certificates')
}

/** Where a VCH's Docker API answers, with what its configuration says about clients. */
export function dockerEndpoint(directory: string, {listener, socketPath, publicAddress}: SandboxState): DockerEndpoint {
  if (listener === undefined) return {kind: 'unix', path: socketPath}
  const {security, port} = listener
  return {
    kind: 'tcp',
    host: publicAddress,
    port,
    tls: security !== 'no-tls',
    ...(security !== 'no-tls' && {hostCertificate: read(directory, 'server-cert.pem')}),
    ...(security === 'tlsverify' && {clientAuthority: read(directory, 'ca.pem')}),
  }
}

/** The same as the personality opens it; certificates are read at each boot. @throws Error when one is missing */
export function listenPlace(directory: string, state: SandboxState): ListenPlace {
  const endpoint = dockerEndpoint(directory, state)
  if (endpoint.kind === 'unix') return endpoint
  const {host, port, hostCertificate, clientAuthority} = endpoint
  if (hostCertificate === undefined) return {kind: 'tcp', host, port}
  return {
    kind: 'tls',
    host,
    port,
    innerPath: path.join(path.dirname(state.socketPath), 'tls.sock'),
    cert: hostCertificate,
    key: read(directory, 'server-key.pem'),
    ...(clientAuthority !== undefined && {clientAuthority}),
  }
}

/** The client certificate that the sandbox itself asks its Docker API with; undefined where none is wanted. */
export function ownClient(directory: string, {listener}: SandboxState): {cert: string; key: string} | undefined {
  if (listener?.security !== 'tlsverify') return undefined
  return {cert: read(directory, 'cert.pem'), key: read(directory, 'key.pem')}
}

function read(directory: string, file: string): string {
  return readFileSync(path.join(certificateFolder(directory), file), 'utf8')
}
