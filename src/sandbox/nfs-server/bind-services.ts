import type {RpcProgram} from './rpc-program.js'
import {SERVER_EXIT} from './exit-codes.js'
import {StartError, type CheckedSettings} from './settings.js'
import {listenTcp} from './tcp-service.js'
import {listenUdp} from './udp-service.js'

/** Where the three services listen; a service that `openPorts` closes shows the port it is registered with. */
export interface ServerPorts {
  readonly portmap: number
  readonly nfsd: number
  readonly mountd: number
}

export type Programs = Readonly<Record<keyof ServerPorts, RpcProgram>>

/** The bound services of one server. */
export interface Services {
  readonly ports: ServerPorts
  /** Where they can be reached until closeHidden(), by the server itself. */
  readonly ownPorts: ServerPorts
  readonly hasPortmapUdp: boolean
  /** Ends the services that `openPorts` does not open. */
  closeHidden(): Promise<void>
  close(): Promise<void>
}

const IMAGE_PORTS: ServerPorts = {portmap: 111, nfsd: 2049, mountd: 32_767}

interface Closeable {
  close(): Promise<void>
}

interface Bound extends Closeable {
  readonly port: number
  readonly ownPort: number
  readonly isOpen: boolean
}

interface Ask {
  readonly port: number
  readonly imagePort: number
  readonly isOpen: boolean
  readonly exitCode: number
}

async function bindOne(program: RpcProgram, address: string, ask: Ask): Promise<Bound> {
  const {port, imagePort, isOpen, exitCode} = ask
  try {
    // A closed service is reachable only for the server's own mount, at a port that nobody is told.
    const service = await listenTcp([program], {address, port: isOpen ? port : 0})
    const told = isOpen ? service.port : port === 0 ? imagePort : port
    return {isOpen, port: told, ownPort: service.port, close: () => service.close()}
  } catch (error) {
    throw new StartError(`cannot listen on ${address} port ${port}: ${(error as Error).message}`, exitCode)
  }
}

/** Only rpcinfo and showmount ask by UDP: a share is as good without. */
async function bindPortmapUdp(program: RpcProgram, address: string, portmap: Bound): Promise<Closeable | undefined> {
  try {
    return portmap.isOpen ? await listenUdp([program], {address, port: portmap.port}) : undefined
  } catch {
    return undefined
  }
}

/**
 * Binds port mapper, nfsd and mountd.
 * @throws StartError when a port is taken or may not be bound; nothing stays bound then
 */
export async function bindServices(settings: CheckedSettings, programs: Programs): Promise<Services> {
  const {address, openPorts} = settings
  const bound: Closeable[] = []
  const close = async (): Promise<void> => void (await Promise.all(bound.map((one) => one.close())))
  const bind = async (program: RpcProgram, ask: Omit<Ask, 'isOpen'>): Promise<Bound> => {
    const isOpen = openPorts?.includes(ask.imagePort) ?? true
    const one = await bindOne(program, address, {...ask, isOpen})
    bound.push(one)
    return one
  }
  const {portmapPort, nfsdPort, mountdPort, imageMountdPort = IMAGE_PORTS.mountd} = settings
  const {portmapDown, nfsdDown, mountdDown} = SERVER_EXIT
  try {
    const {portmap: imagePort} = IMAGE_PORTS
    const portmap = await bind(programs.portmap, {port: portmapPort, imagePort, exitCode: portmapDown})
    const nfsd = await bind(programs.nfsd, {port: nfsdPort, imagePort: IMAGE_PORTS.nfsd, exitCode: nfsdDown})
    const mountd = await bind(programs.mountd, {port: mountdPort, imagePort: imageMountdPort, exitCode: mountdDown})
    const udp = await bindPortmapUdp(programs.portmap, address, portmap)
    if (udp !== undefined) bound.push(udp)
    const hidden = [portmap, nfsd, mountd].filter(({isOpen}) => !isOpen)
    return {
      ports: {portmap: portmap.port, nfsd: nfsd.port, mountd: mountd.port},
      ownPorts: {portmap: portmap.ownPort, nfsd: nfsd.ownPort, mountd: mountd.ownPort},
      hasPortmapUdp: udp !== undefined,
      closeHidden: async () => void (await Promise.all(hidden.map((one) => one.close()))),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
