import type {Procedure, StatusResult} from '../../nfs/wire/procedure.js'
import {PORTMAP2} from '../../nfs/wire/portmap2.js'
import {IPPROTO_TCP, MOUNT, NFS, PORTMAP, type Credential} from '../../nfs/wire/rpc-message.js'
import {dialRpc, type RpcConnection} from '../endpoint-vm/rpc-connection.js'
import {BadStatus, CheckFailure, type Standpoint} from './trouble.js'

type Service = 'mountd' | 'nfsd'

const PROGRAMS = {mountd: MOUNT, nfsd: NFS, 'port mapper': PORTMAP} as const
const MAX_PORT = 65_535

export interface VisitOptions {
  readonly host: string
  readonly portmapPort: number
  /** The address that the server sees. */
  readonly sourceAddress: string
  /** For each rung. */
  readonly timeoutMs: number
}

/** The connections of one check, every call with what is left of its rung's time. */
export class Visit {
  private readonly ports: Partial<Record<Service, number>> = {}
  private readonly open = new Map<Service, RpcConnection>()
  private readonly sources: boolean[] = []
  private readonly at = {
    ...{rung: '', port: 0, connected: false, answered: false},
    service: 'port mapper' as Standpoint['service'],
  }
  private signal: AbortSignal

  constructor(private readonly options: VisitOptions) {
    this.signal = AbortSignal.timeout(options.timeoutMs)
  }

  /** Whether all source ports at mountd and nfsd were below 1024. */
  get privileged(): boolean {
    return this.sources.length > 0 && !this.sources.includes(false)
  }

  /** Begins a rung, and with it its time. */
  begin(rung: string): void {
    this.at.rung = rung
    this.signal = AbortSignal.timeout(this.options.timeoutMs)
  }

  /** GETPORT. */
  async ask(service: Service): Promise<number> {
    const {program, version} = PROGRAMS[service]
    const portmap = await this.dial('port mapper', this.options.portmapPort)
    const asked = portmap.call(PORTMAP2.getport, {program, version, protocol: IPPROTO_TCP, port: 0})
    const port = await this.inTime(asked).finally(() => portmap.close())
    if (port === 0) {
      const code = service === 'mountd' ? 'VN-NFS-NO-MOUNTD' : 'VN-NFS-NO-NFSD'
      throw new CheckFailure(code, `GETPORT answered 0: ${service} version 3 is not registered`)
    }
    this.ports[service] = port
    return port
  }

  async connect(service: Service): Promise<void> {
    const port = this.ports[service] ?? 0
    if (port > MAX_PORT) throw new CheckFailure('VN-NFS-GARBAGE', `${port} is not a TCP port`)
    const connection = await this.dial(service, port)
    this.sources.push(connection.privileged)
    this.open.set(service, connection)
  }

  async call<A, R>(service: Service, procedure: Procedure<A, R>, args: A, credential: Credential): Promise<R> {
    const connection = this.open.get(service)
    if (connection === undefined) throw new Error(`${service} is not connected`)
    Object.assign(this.at, {service, port: this.ports[service] ?? 0, connected: true})
    const result = await this.inTime(connection.call(procedure, args, credential))
    this.at.answered = true
    return result
  }

  /** The value of a result of status 0. @throws BadStatus */
  async value<A, O, F>(
    service: Service,
    procedure: Procedure<A, StatusResult<O, F>>,
    args: A,
    credential: Credential,
  ): Promise<O> {
    const result = await this.call(service, procedure, args, credential)
    if (result.ok) return result.value
    throw new BadStatus(service === 'mountd' ? 'MOUNT' : 'NFS', procedure.name, result.status)
  }

  close(...services: Service[]): void {
    for (const service of services) {
      this.open.get(service)?.close()
      this.open.delete(service)
    }
  }

  standpoint(): Standpoint {
    const {port, ...at} = this.at
    const {host, timeoutMs} = this.options
    return {...at, timeoutMs, peer: `${host} port ${port}`, privileged: this.privileged}
  }

  private async dial(service: Standpoint['service'], port: number): Promise<RpcConnection> {
    Object.assign(this.at, {service, port, connected: false, answered: false})
    const {host, sourceAddress: localAddress} = this.options
    const privileged = service !== 'port mapper'
    const options = {program: PROGRAMS[service], localAddress, privileged, signal: this.signal}
    const connection = await this.inTime(dialRpc(host, port, options))
    this.at.connected = true
    return connection
  }

  /** Neither a name that is looked up nor an answer is waited for beyond the rung's time. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const {signal} = this
    let onAbort = (): void => undefined
    const late = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason as Error)
      signal.addEventListener('abort', onAbort, {once: true})
      if (signal.aborted) onAbort()
    })
    try {
      return await Promise.race([work, late])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}
