import type {DockerEndpoint} from '../vcenter/vcenter-api.js'

/** Without a scheme on TCP, as vic-machine prints it; a sandbox may have a unix socket. */
function dockerHost(endpoint: DockerEndpoint): string {
  return endpoint.kind === 'unix' ? `unix://${endpoint.path}` : `${endpoint.host}:${endpoint.port}`
}

/**
 * The line of variables that vic-machine prints and saves in `<vch>.env` (facts/vch-docker-api.md § 6).
 * @param certificates absolute path of the folder of client certificates, where one was found
 */
export function dockerVariables(endpoint: DockerEndpoint, certificates: string | undefined): string {
  const {tls, clientAuthority} = tlsOf(endpoint)
  return [
    ...(clientAuthority === undefined ? [] : ['DOCKER_TLS_VERIFY=1']),
    ...(certificates === undefined ? [] : [`DOCKER_CERT_PATH=${certificates}`]),
    `DOCKER_HOST=${dockerHost(endpoint)}`,
    ...(tls ? ['COMPOSE_TLS_VERSION=TLSv1_2'] : []),
  ].join(' ')
}

/** The line after "Connect to docker:". */
export function connectCommand(endpoint: DockerEndpoint): string {
  const {tls, clientAuthority} = tlsOf(endpoint)
  const option = clientAuthority !== undefined ? ' --tlsverify' : tls ? ' --tls' : ''
  return `docker -H ${dockerHost(endpoint)}${option} info`
}

function tlsOf(endpoint: DockerEndpoint): {readonly tls: boolean; readonly clientAuthority?: string} {
  return endpoint.kind === 'unix' ? {tls: false} : endpoint
}
