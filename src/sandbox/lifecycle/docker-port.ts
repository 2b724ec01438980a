import {createServer, type AddressInfo} from 'node:net'
import {PLAIN_PORT, TLS_PORT} from '../../model/endpoint.js'
import type {DockerSecurity} from '../state/sandbox-state.js'
import {canListen} from './portmap-port.js'

/** The port of a VCH's Docker API on its public address: Docker's own, or any free one where that is taken. */
export async function chooseDockerPort(address: string, security: DockerSecurity): Promise<number> {
  const standard = security === 'no-tls' ? PLAIN_PORT : TLS_PORT
  return (await canListen(address, standard)) ? standard : freePort(address)
}

/** The port with which an existing sandbox starts: its own while that is free. */
export async function keepDockerPort(address: string, {security, port}: {security: DockerSecurity; port: number}) {
  return (await canListen(address, port)) ? port : chooseDockerPort(address, security)
}

function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, address, () => {
      const {port} = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
