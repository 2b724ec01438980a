import {VicnfsError} from './vicnfs-error.js'

/** Where a Docker API is, as written: before TLS settings are looked at and before names are resolved. */
export type EndpointAddress =
  | {
      readonly kind: 'tcp'
      /** Lower case; an IPv6 address without brackets. */
      readonly host: string
      /** undefined when the text has none. */
      readonly port?: number
      /** What the scheme says: `https://` true, `http://` false, `tcp://` or none undefined. */
      readonly tls?: boolean
    }
  | {readonly kind: 'unix'; readonly path: string}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?))(?::(\d{1,5}))?\/?$/i
const TLS_OF_SCHEME: Readonly<Record<string, boolean | undefined>> = {tcp: undefined, http: false, https: true}

/** Docker's port for TLS, and the one for plain HTTP; a VCH uses the same two (facts/vch-docker-api.md § 6). */
export const TLS_PORT = 2376
export const PLAIN_PORT = 2375

/**
 * Reads `tcp://host:port`, `host:port` (VIC's env file has no scheme), `http://`, `https://`, `unix:///path`.
 * @throws VN-VCH-ENDPOINT-BAD; the text is not repeated where it may hold a password
 */
export function parseEndpoint(text: string): EndpointAddress {
  const trimmed = text.trim()
  const [, schemeText = '', rest = trimmed] = SCHEME.exec(trimmed) ?? []
  const scheme = schemeText.toLowerCase()
  if (scheme === 'unix') return parseSocket(rest)
  if (scheme === 'ssh' || scheme === 'npipe') throw unsupported(scheme)
  if (scheme !== '' && !(scheme in TLS_OF_SCHEME)) throw bad(`"${scheme}://" is not a scheme of a Docker API`)
  if (rest.includes('@')) throw bad('it has a user name or password in it')
  const authority = AUTHORITY.exec(rest)
  if (authority === null) throw bad(`"${rest}" is not host:port`)
  return tcpAddress(authority, TLS_OF_SCHEME[scheme === '' ? 'tcp' : scheme])
}

function tcpAddress([, v6, name, portText]: RegExpExecArray, tls: boolean | undefined): EndpointAddress {
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65535)) throw bad(`${port} is not a port`)
  return {
    kind: 'tcp',
    host: (v6 ?? name ?? '').toLowerCase(),
    ...(port === undefined ? {} : {port}),
    ...(tls === undefined ? {} : {tls}),
  }
}

function parseSocket(path: string): EndpointAddress {
  if (!path.startsWith('/') || path.includes('\0'))
    throw bad('a unix socket needs an absolute path, as in unix:///run/x.sock')
  return {kind: 'unix', path}
}

function bad(why: string): VicnfsError {
  return new VicnfsError('VN-VCH-ENDPOINT-BAD', `The address of the Docker API cannot be used: ${why}.`, {
    reason: 'It is written tcp://host:2376, host:2376, https://host:2376 or unix:///path.',
  })
}

function unsupported(scheme: string): VicnfsError {
  return new VicnfsError(
    'VN-VCH-ENDPOINT-BAD',
    `The address of the Docker API cannot be used: ${scheme}:// is not supported.`,
    {
      reason:
        scheme === 'ssh'
          ? 'A VCH has no shell to log in to; forward its port with ssh -L and give that as https://127.0.0.1:PORT.'
          : 'A VCH listens on TCP; Windows pipes belong to Docker Desktop.',
    },
  )
}

/**
 * The address in one canonical form: `tcp://host:port`, `https://host:port`, `unix:///path`; the port always written.
 */
export function formatEndpoint(address: EndpointAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.tls === true ? 'https' : 'tcp'}://${host}:${endpointPort(address)}`
}

/** The port, or Docker's own for the scheme: 2376 with TLS, else 2375. */
export function endpointPort(address: {readonly port?: number; readonly tls?: boolean}): number {
  return address.port ?? (address.tls === true ? TLS_PORT : PLAIN_PORT)
}
