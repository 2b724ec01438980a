import {IPPROTO_TCP, MOUNT, NFS, PORTMAP} from '../../nfs/wire/rpc-message.js'
import {createAdmission, type Admission} from './admission.js'
import {bindServices, type Programs, type ServerPorts, type Services} from './bind-services.js'
import {createMountProgram} from './mount-program.js'
import {createNfsProgram} from './nfs-program.js'
import {createPortmapProgram, createRegistrations, type Registrations} from './portmap-program.js'
import {mountOwnExport} from './self-mount.js'
import {openServedExport, type ServedExport} from './served-export.js'
import {SERVER_EXIT} from './exit-codes.js'
import {StartError, checkSettings, type CheckedSettings, type ServerSettings} from './settings.js'
import type {Peer} from './rpc-program.js'

export interface NfsServer {
  readonly address: string
  readonly ports: ServerPorts
  /** Ordered stop: unregisters, accepts nobody any more, answers what is under way, syncs the side table. */
  close(): Promise<void>
}

export interface StartOptions {
  /** Aborting it closes the server. */
  readonly signal?: AbortSignal
  /** Takes lines of the kind that rpc.mountd writes. */
  readonly log?: (line: string) => void
}

const IPPROTO_UDP = 17

interface Parts {
  readonly served: ServedExport
  readonly admission: Admission
  readonly registrations: Registrations
}

function createPrograms(settings: CheckedSettings, parts: Parts, log: (line: string) => void): Programs {
  const {served, admission, registrations} = parts
  const groups = settings.rules.map(({pattern}) => pattern)
  return {
    portmap: createPortmapProgram(registrations),
    nfsd: createNfsProgram(served, admission),
    mountd: createMountProgram(served, {exportPath: settings.exportPath, admission, groups, log}),
  }
}

function register(registrations: Registrations, {ports, hasPortmapUdp}: Services): void {
  registrations.register({...PORTMAP, protocol: IPPROTO_TCP, port: ports.portmap})
  if (hasPortmapUdp) registrations.register({...PORTMAP, protocol: IPPROTO_UDP, port: ports.portmap})
  registrations.register({...MOUNT, protocol: IPPROTO_TCP, port: ports.mountd})
  registrations.register({...NFS, protocol: IPPROTO_TCP, port: ports.nfsd})
}

async function checkOwnMount(settings: CheckedSettings, services: Services, admission: Admission): Promise<void> {
  const {mountd, nfsd} = services.ownPorts
  try {
    const own = {
      address: settings.address,
      mountdPort: mountd,
      nfsdPort: nfsd,
      onSource: (peer: Peer) => admission.trustOwn(peer),
    }
    await mountOwnExport(settings.exportPath, own)
  } catch (error) {
    throw new StartError(`the export cannot be mounted: ${(error as Error).message}`, SERVER_EXIT.notMountable)
  } finally {
    admission.forgetOwn()
  }
}

/** Makes close() harmless a second time, and ties it to the signal. */
function untilClosed(server: NfsServer, signal: AbortSignal | undefined): NfsServer {
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= server.close())
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort, {once: true})
  if (signal?.aborted === true) onAbort()
  return {...server, close}
}

/**
 * Serves one directory by portmap 2, MOUNT 3 and NFS 3 over TCP; resolves once a real MNT of the export has worked.
 * Registered at the port mapper only then, so GETPORT answers 0 before, as on the real server (facts/nfs-server.md § 8).
 * @throws SettingsError for settings that cannot be served, StartError when a port is taken or the mount fails
 */
export async function startNfsServer(
  given: ServerSettings,
  {signal, log = () => {}}: StartOptions = {},
): Promise<NfsServer> {
  const settings = checkSettings(given)
  const served = openServedExport(settings)
  const parts = {served, admission: createAdmission(settings.rules), registrations: createRegistrations()}
  let services: Services | undefined
  const close = async (): Promise<void> => {
    parts.registrations.clear()
    await services?.close()
    served.table.close()
  }
  try {
    services = await bindServices(settings, createPrograms(settings, parts, log))
    await checkOwnMount(settings, services, parts.admission)
    await services.closeHidden()
    register(parts.registrations, services)
    return untilClosed({address: settings.address, ports: services.ports, close}, signal)
  } catch (error) {
    await close()
    throw error
  }
}
