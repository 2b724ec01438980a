import type Docker from 'dockerode'
import type {Endpoint} from '../endpoint/endpoint.js'
import {endpointAgent, type SecretHeaders} from './endpoint-agent.js'

/** What VIC speaks, all versions of it (facts/vch-docker-api.md § 1.1); error bodies and `/info` depend on it. */
export const API_VERSION = 'v1.25'

const READ_BY_DOCKER_MODEM = [
  'DOCKER_HOST',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_PATH_PREFIX',
  'DOCKER_CLIENT_TIMEOUT',
] as const

/**
 * A dockerode for one endpoint that owes nothing to the environment (facts/toolchain.md § 1.3: docker-modem lets
 * DOCKER_HOST turn explicit TLS off, and a stray DOCKER_CERT_PATH makes it throw).
 * @param secretHeaders sent with every request
 * @throws VN-VCH-CERT-BAD
 */
export async function openDocker(endpoint: Endpoint, secretHeaders: SecretHeaders = {}): Promise<Docker> {
  const {default: DockerClient} = await import('dockerode')
  const options = dockerOptions(endpoint, secretHeaders)
  return withoutDockerEnvironment(() => new DockerClient(options))
}

function dockerOptions(endpoint: Endpoint, secretHeaders: SecretHeaders): Docker.DockerOptions {
  const isUnix = endpoint.protocol === 'unix'
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
  const options = {
    protocol: endpoint.protocol === 'https' ? 'https' : 'http',
    // A whole URL, since docker-modem reads a bare fd00::1 as a scheme.
    host: isUnix ? undefined : `${endpoint.protocol}://${host}`,
    port: isUnix ? undefined : endpoint.port,
    socketPath: isUnix ? endpoint.socketPath : undefined,
    version: API_VERSION,
    pathPrefix: '/',
    agent: endpointAgent(endpoint, secretHeaders),
    headers: {},
    ca: undefined,
    cert: undefined,
    key: undefined,
    username: undefined,
    password: undefined,
    timeout: undefined,
    connectionTimeout: undefined,
    checkServerIdentity: undefined,
    sshOptions: {},
  }
  // @types/dockerode forbids the explicit undefined that keeps docker-modem's defaults out.
  return options as unknown as Docker.DockerOptions
}

function withoutDockerEnvironment<T>(work: () => T): T {
  const kept = READ_BY_DOCKER_MODEM.map((name) => [name, process.env[name]] as const)
  for (const name of READ_BY_DOCKER_MODEM) Reflect.deleteProperty(process.env, name)
  try {
    return work()
  } finally {
    for (const [name, value] of kept) if (value !== undefined) process.env[name] = value
  }
}
