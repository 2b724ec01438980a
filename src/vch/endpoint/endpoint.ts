import {inspect} from 'node:util'
import {formatEndpoint, type EndpointAddress} from '../../model/endpoint.js'

/** PEM contents; never shown by JSON.stringify or util.inspect, so that no log can hold a private key. */
export interface TlsMaterial {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** A Docker API, fully explicit: nothing about it is looked up anywhere else any more. */
export interface Endpoint {
  readonly protocol: 'http' | 'https' | 'unix'
  /** Empty for a unix socket. */
  readonly host: string
  /** 0 for a unix socket. */
  readonly port: number
  /** Empty unless `protocol` is unix. */
  readonly socketPath: string
  readonly tls: TlsMaterial
  /** Where the TLS files came from; undefined where there are none. */
  readonly tlsFolder?: string
  /** Whether the server's certificate is checked; true also where there is none to check. */
  readonly verify: boolean
  /** Where it was found, in words: `--host`, `DOCKER_HOST`, `docker context "x"`, `the local Docker socket`. */
  readonly origin: string
  /** Canonical: `tcp://host:port`, `https://host:port`, `unix:///path`. */
  readonly text: string
}

/** TLS files in memory, hidden from everything that prints objects. */
export function hiddenTlsMaterial(material: TlsMaterial): TlsMaterial {
  const shown = `[TLS: ${Object.keys(material).join(', ') || 'none'}]`
  const hidden = (value: unknown): PropertyDescriptor => ({value, enumerable: false})
  return Object.defineProperties(
    {...material},
    {
      ...Object.fromEntries(Object.entries(material).map(([name, value]) => [name, hidden(value)])),
      toJSON: hidden(() => shown),
      [inspect.custom]: hidden(() => shown),
    },
  )
}

/** The endpoint of an address whose TLS questions are settled. */
export function endpointOf(
  address: EndpointAddress,
  origin: string,
  {tls, tlsFolder, verify}: {readonly tls?: TlsMaterial; readonly tlsFolder?: string; readonly verify: boolean},
): Endpoint {
  const common = {
    origin,
    text: formatEndpoint(address),
    verify,
    tls: hiddenTlsMaterial(tls ?? {}),
    ...(tlsFolder === undefined ? {} : {tlsFolder}),
  }
  if (address.kind === 'unix') return {...common, protocol: 'unix', host: '', port: 0, socketPath: address.path}
  return {
    ...common,
    protocol: address.tls === true ? 'https' : 'http',
    host: address.host,
    port: address.port ?? 0,
    socketPath: '',
  }
}
