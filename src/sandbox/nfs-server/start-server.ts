import {createAdmission, type Admission} from './admission.js'
import {createMountProgram} from './mount-program.js'
import {createNfsProgram} from './nfs-program.js'
import {createPortmapProgram, createRegistrations, type Registrations} from './portmap-program.js'
import {IPPROTO_TCP, MOUNT, NFS, PORTMAP} from '../../nfs/wire/rpc-message.js'
import type {RpcProgram} from './rpc-program.js'
import {mountOwnExport} from './self-mount.js'
import {openServedExport} from './served-export.js'
import {SERVER_EXIT, SettingsError, checkSettings, type CheckedSettings, type ServerSettings} from './settings.js'
import {listenTcp, type TcpService} from './tcp-service.js'

/** Where the three services listen; a service that `openPorts` closes shows the port it is registered with. */
export interface ServerPorts {
  readonly portmap: number
  readonly nfsd: number
  readonly mountd: number
}

export interface NfsServer {
  readonly address: string
  readonly ports: ServerPorts
  /** Ordered stop: unregisters, accepts nobody any more, answers what is under way, syncs the side table. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Aborting it closes the server. */
  readonly signal?: AbortSignal
  readonly log?: (line: string) => void
}

/** A server that could not be brought up; `exitCode` is one of SERVER_EXIT. */
export class StartError extends Error {
  override readonly name = 'StartError'

  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message)
  }
}

const IMAGE_PORTMAP_PORT = 111
const IMAGE_NFSD_PORT = 2049
const IMAGE_MOUNTD_PORT = 32_767

interface Bound {
  readonly service: TcpService
  /** The port that clients are told. */
  readonly port: number
  readonly isOpen: boolean
}

async function bind(
  program: RpcProgram,
  settings: CheckedSettings,
  ask: {port: number; imagePort: number},
): Promise<Bound> {
  const {address, openPorts} = settings
  const isOpen = openPorts?.includes(ask.imagePort) ?? true
  try {
    // A closed service is reachable only for the server's own mount, at a port that nobody is told.
    const service = await listenTcp([program], {address, port: isOpen ? ask.port : 0})
    return {service, isOpen, port: isOpen ? service.port : ask.port === 0 ? ask.imagePort : ask.port}
  } catch (error) {
    throw new StartError(
      `cannot listen on ${address} port ${ask.port}: ${(error as Error).message}`,
      SERVER_EXIT.cannotBind,
    )
  }
}

function register(registrations: Registrations, ports: ServerPorts): void {
  registrations.register({...PORTMAP, protocol: IPPROTO_TCP, port: ports.portmap})
  registrations.register({...MOUNT, protocol: IPPROTO_TCP, port: ports.mountd})
  registrations.register({...NFS, protocol: IPPROTO_TCP, port: ports.nfsd})
}

async function checkOwnMount(
  settings: CheckedSettings,
  admission: Admission,
  {mountd, nfsd}: Record<'mountd' | 'nfsd', Bound>,
) {
  try {
    await mountOwnExport(settings.exportPath, {
      address: settings.address,
      mountdPort: mountd.service.port,
      nfsdPort: nfsd.service.port,
      onSourcePort: (port) => admission.trustOwnPort(port),
    })
  } catch (error) {
    throw new StartError(`the export cannot be mounted: ${(error as Error).message}`, SERVER_EXIT.nothingExported)
  } finally {
    admission.forgetOwnPorts()
  }
}

/**
 * Serves one directory by portmap 2, MOUNT 3 and NFS 3 over TCP; resolves once a real MNT of the export has worked.
 * @throws SettingsError for settings that cannot be served, StartError when a port is taken or the mount fails
 */
export async function startNfsServer(
  given: ServerSettings,
  {signal, log = () => {}}: StartOptions = {},
): Promise<NfsServer> {
  const settings = checkSettings(given)
  const served = openServedExport(settings)
  const admission = createAdmission(settings.rules)
  const registrations = createRegistrations()
  const bound: Bound[] = []
  const close = async (): Promise<void> => {
    registrations.clear()
    await Promise.all(bound.map(({service}) => service.close()))
    served.table.close()
  }
  const open = async (program: RpcProgram, port: number, imagePort: number): Promise<Bound> => {
    const one = await bind(program, settings, {port, imagePort})
    bound.push(one)
    return one
  }
  try {
    const {exportPath, rules} = settings
    const groups = rules.map(({pattern}) => pattern)
    const mountProgram = createMountProgram(served, {exportPath, admission, groups, log})
    const portmap = await open(createPortmapProgram(registrations), settings.portmapPort, IMAGE_PORTMAP_PORT)
    const nfsd = await open(createNfsProgram(served, admission), settings.nfsdPort, IMAGE_NFSD_PORT)
    const mountd = await open(mountProgram, settings.mountdPort, settings.imageMountdPort ?? IMAGE_MOUNTD_PORT)
    const ports = {portmap: portmap.port, nfsd: nfsd.port, mountd: mountd.port}
    await checkOwnMount(settings, admission, {mountd, nfsd})
    await Promise.all(bound.filter(({isOpen}) => !isOpen).map(({service}) => service.close()))
    register(registrations, ports)
    return whileOpen({address: settings.address, ports, close}, signal)
  } catch (error) {
    await close()
    throw error
  }
}

/** Makes close() harmless a second time, and ties it to the signal. */
function whileOpen(server: NfsServer, signal: AbortSignal | undefined): NfsServer {
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= server.close())
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort, {once: true})
  if (signal?.aborted === true) onAbort()
  return {...server, close}
}

export {SettingsError}
