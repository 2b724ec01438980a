import path from 'node:path'
import {belongTogether, isClientOf} from '../certificates/client-certificate.js'
import type {DockerEndpoint} from '../vcenter/vcenter-api.js'
import {flagValue, type Run} from './invocation.js'

/**
 * Looks where vic-machine looks for a client certificate that this VCH accepts: `--tls-cert-path`, else `./<vch>/`, the
 * working folder and `~/.docker` (vic lib/install/management/inspect.go).
 * @returns the folder as vic-machine prints it; undefined when there is none, or none is wanted
 */
export function findClientCertificate(run: Run, name: string, endpoint: DockerEndpoint): string | undefined {
  const authority = endpoint.kind === 'tcp' ? endpoint.clientAuthority : undefined
  if (authority === undefined) return undefined
  const found = candidates(run, name).find((folder) => {
    const [cert, key] = ['cert.pem', 'key.pem'].map((file) => run.world.readText?.(path.join(folder, file)))
    return cert !== undefined && key !== undefined && belongTogether(cert, key) && isClientOf(authority, cert)
  })
  // vic-machine puts the folder's last name alone behind the working folder, whatever path was given.
  return found === undefined ? undefined : path.resolve(path.basename(path.normalize(found)))
}

function candidates({narrator, flags, world}: Run, name: string): string[] {
  const given = flagValue(flags, 'tls-cert-path') ?? ''
  if (given !== '') {
    narrator.info(`--tls-cert-path supplied - only checking for certs in ${given}/`)
    return [given]
  }
  const home = world.homeDirectory === undefined ? [] : [path.join(world.homeDirectory, '.docker')]
  const and = home.map((folder) => ` and ${folder}/`).join('')
  narrator.info(`--tls-cert-path not supplied - checking for certs in current directory, ${name}/${and}`)
  return [name, '.', ...home]
}
