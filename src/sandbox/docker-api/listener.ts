import {chmodSync, renameSync, rmSync} from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type {ListenOptions, Server, Socket} from 'node:net'
import {createTlsFront} from './tls-front.js'

/** Where and how the Docker API listens; certificates and keys are PEM. */
export type ListenPlace =
  | {readonly kind: 'unix'; readonly path: string}
  | {readonly kind: 'tcp'; readonly host: string; readonly port: number}
  | {
      readonly kind: 'tls'
      readonly host: string
      readonly port: number
      /** A socket in a private folder, between the front and the TLS server. */
      readonly innerPath: string
      readonly cert: string
      readonly key: string
      readonly clientAuthority?: string
    }

export interface Listener {
  /** Rejects when the place cannot be had. */
  open(): Promise<void>
  /** From now on connections are refused; open ones end. */
  close(): Promise<void>
}

/** Makes a Docker API's server; `configure` gets it before it listens. */
export function createListener(place: ListenPlace, configure: (server: http.Server) => void): Listener {
  const server = serverFor(place)
  configure(server)
  const front = place.kind === 'tls' ? createTlsFront(place.innerPath, place.clientAuthority) : undefined
  const servers: readonly Server[] = front === undefined ? [server] : [front, server]
  const sockets = new Set<Socket>()
  for (const one of servers) {
    one.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  return {
    open: async () => {
      if (place.kind === 'unix') return listenOnSocket(server, place.path)
      if (place.kind === 'tls') await listenOnSocket(server, place.innerPath)
      return listen(front ?? server, {host: place.host, port: place.port, exclusive: true})
    },
    close: async () => {
      const closed = servers.map((one) => new Promise<void>((resolve) => one.close(() => resolve())))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
      if (place.kind === 'tls') rmSync(place.innerPath, {force: true})
    },
  }
}

function serverFor(place: ListenPlace): http.Server {
  if (place.kind !== 'tls') return http.createServer({requestTimeout: 0})
  const {cert, key, clientAuthority} = place
  return https.createServer({
    cert,
    key,
    requestTimeout: 0,
    // Docker closes its half when stdin ends, and still wants the output; plain HTTP servers have this by default.
    allowHalfOpen: true,
    // The last version that the VCH's Go 1.8 knows (facts/vch-docker-api.md § 6).
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ...(clientAuthority !== undefined && {ca: clientAuthority, requestCert: true, rejectUnauthorized: true}),
  })
}

let drafts = 0

async function listenOnSocket(server: Server, socketPath: string): Promise<void> {
  // Node unlinks the path it listened on when it closes; a VCH that is off refuses connections instead. So the socket
  // is moved to its place after listening, and the file left behind there refuses.
  const draft = `${socketPath}.${drafts++ % 10}`
  await listen(server, {path: draft})
  chmodSync(draft, 0o600)
  renameSync(draft, socketPath)
}

function listen(server: Server, place: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
