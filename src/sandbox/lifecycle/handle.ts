import {certificateFolder} from '../certificates/docker-endpoint.js'
import {SANDBOX_PASSWORD, SANDBOX_USER, type SandboxState} from '../state/sandbox-state.js'
import {STANDARD_PORTMAP_PORT} from './portmap-port.js'
import {siblingPaths} from './private-folder.js'
import {vicMachinePath} from './wrapper-script.js'

/**
 * What a sandbox is to the commands: `both` is a VCH for everything, `consumer` one beside a server VCH, `runbook` one of
 * several that a runbook names by variables of their own.
 */
export type SandboxRole = 'both' | 'consumer' | 'runbook'

export interface SandboxHandle {
  readonly name: string
  /** Its state directory. */
  readonly directory: string
  readonly vicVersion: string
  readonly vmId: string
  readonly target: string
  readonly publicAddress: string
  readonly portmapPort: number
  readonly networkNames: readonly string[]
  readonly socketPath: string
  /** Folder of ca.pem, cert.pem, key.pem as `vic-machine create` leaves them; absent on a unix socket. */
  readonly certificates?: string
  /** Its Docker API is on TCP and demands no client certificate. */
  readonly openToAll: boolean
  readonly controlPath: string
  readonly vicMachinePath: string
  /** True when this call started it, false when it was running. */
  readonly started: boolean
  /** False while the VCH is off, or boots again and again because a store is offline. */
  readonly apiAnswers: boolean
  /** The variables under which vicnfs works with this sandbox. */
  environment(role?: SandboxRole): Record<string, string>
}

export function makeHandle(
  directory: string,
  state: SandboxState,
  {started, apiAnswers}: {readonly started: boolean; readonly apiAnswers: boolean},
): SandboxHandle {
  const {name, vicVersion, vmId, target, publicAddress, portmapPort, socketPath} = state
  return {
    name,
    directory,
    vicVersion,
    vmId,
    target,
    publicAddress,
    portmapPort,
    networkNames: state.networks.map((network) => network.name),
    socketPath,
    ...(state.listener && {certificates: certificateFolder(directory)}),
    openToAll: state.listener !== undefined && state.listener.security !== 'tlsverify',
    controlPath: siblingPaths(socketPath).control,
    vicMachinePath: vicMachinePath(directory),
    started,
    apiAnswers,
    environment: (role = 'both') => environmentOf(directory, state, role),
  }
}

function environmentOf(directory: string, state: SandboxState, role: SandboxRole): Record<string, string> {
  const portmap = state.portmapPort !== STANDARD_PORTMAP_PORT && {VICNFS_PORTMAP_PORT: String(state.portmapPort)}
  if (role === 'runbook') return {...runbookSettings(directory, state), ...portmap}
  return {
    ...(role === 'both' ? dockerSettings(directory, state) : consumerSettings(directory, state)),
    VICNFS_VIC_MACHINE: vicMachinePath(directory),
    VIC_MACHINE_TARGET: state.target,
    VIC_MACHINE_USER: SANDBOX_USER,
    VIC_MACHINE_PASSWORD: SANDBOX_PASSWORD,
    VIC_MACHINE_THUMBPRINT: state.thumbprint,
    VICNFS_VCH: state.name,
    ...portmap,
  }
}

/** Each under the name of the sandbox, so that a shell can have those of many; the password is the same for all. */
function runbookSettings(directory: string, state: SandboxState): Record<string, string> {
  const prefix = `VICNFS_${state.name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_`
  const {VICNFS_CONSUMER_HOST: host = '', VICNFS_CONSUMER_CERT_PATH: certPath = ''} = consumerSettings(directory, state)
  return {
    [`${prefix}HOST`]: host,
    ...(certPath === '' ? {} : {[`${prefix}CERT_PATH`]: certPath}),
    [`${prefix}VIC_MACHINE`]: vicMachinePath(directory),
    [`${prefix}TARGET`]: state.target,
    [`${prefix}USER`]: SANDBOX_USER,
    [`${prefix}THUMBPRINT`]: state.thumbprint,
    [`${prefix}VCH_ID`]: state.vmId,
    VIC_MACHINE_PASSWORD: SANDBOX_PASSWORD,
  }
}

/** Docker's own variables. Empty ones undo what another sandbox has set in this shell. */
function dockerSettings(
  directory: string,
  {listener, socketPath, publicAddress}: SandboxState,
): Record<string, string> {
  if (listener === undefined) return {DOCKER_HOST: `unix://${socketPath}`}
  const {security, port} = listener
  return {
    DOCKER_HOST: `tcp://${publicAddress}:${port}`,
    DOCKER_TLS: security === 'no-tlsverify' ? '1' : '',
    DOCKER_TLS_VERIFY: security === 'tlsverify' ? '1' : '',
    DOCKER_CERT_PATH: security === 'no-tls' ? '' : certificateFolder(directory),
  }
}

function consumerSettings(
  directory: string,
  {listener, socketPath, publicAddress}: SandboxState,
): Record<string, string> {
  if (listener === undefined) return {VICNFS_CONSUMER_HOST: `unix://${socketPath}`}
  const {security, port} = listener
  return {
    VICNFS_CONSUMER_HOST: `${security === 'no-tls' ? 'http' : 'https'}://${publicAddress}:${port}`,
    VICNFS_CONSUMER_CERT_PATH: security === 'tlsverify' ? certificateFolder(directory) : '',
    VICNFS_CONSUMER_NO_TLSVERIFY: security === 'no-tlsverify' ? 'true' : '',
  }
}
