import {once} from '../../engine/once.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import {formatVicVersion, parseVicVersion} from '../../model/vic-version.js'
import type {PreflightReport, ShareAddress} from '../../nfs/preflight/report.js'
import type {CallOptions, VchInfo, VchNetwork, VchVolume} from '../../vch/vch-api.js'
import type {VchConfiguration, VchInspection, VchRow} from '../../vic-machine/vic-machine-api.js'
import type {VicMachineAccess} from '../adapters.js'
import {rowOf} from '../registration/identify-consumer.js'
import {withCandidates} from '../registration/which-vch.js'
import {listParked, listServers, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import type {DockerSide, ExamineAdapters} from './examine-adapters.js'

/** Reading calls of vic-machine get this long, or --vic-machine-timeout where that is less. */
const VIC_MACHINE_MS = 120_000

/** What one Docker API shows; every look is taken once. */
export interface DockerSights {
  side(): Promise<DockerSide>
  info(): Promise<VchInfo>
  networks(): Promise<readonly VchNetwork[]>
  servers(): Promise<readonly ServerContainer[]>
  parked(): Promise<readonly ParkedContainer[]>
  volumes(): Promise<readonly VchVolume[]>
  readonly call: CallOptions
}

/** What vic-machine shows; every look is taken once, and none after a refused login (S8). */
export interface VSphereSights {
  installer(): Promise<{readonly path: string; readonly version: string}>
  access(): Promise<VicMachineAccess>
  rows(): Promise<readonly VchRow[]>
  /** Of a VCH that is on. */
  inspection(): Promise<VchInspection>
  configuration(): Promise<VchConfiguration>
  /** The id of its endpoint VM, and its release. */
  identity(): Promise<{readonly id: string; readonly version: string}>
  nfsStores(): Promise<readonly VolumeStore[]>
}

/** Everything that the checks look at, each thing asked once however many checks need it. */
export interface Sights extends VSphereSights {
  readonly server: DockerSights
  readonly consumer: DockerSights
  /** Server VCH and consumer VCH are one and the same. */
  selfHosted(): Promise<boolean>
  /** The read-only ladder from this machine. */
  ladder(place: ShareAddress): Promise<PreflightReport>
}

function dockerSights(open: () => Promise<DockerSide>, call: CallOptions): DockerSights {
  const side = once(open)
  const info = once(async () => (await side()).api.info(call))
  /** An API that does not answer is asked once, not once for each kind of thing. */
  const behind = async (): Promise<DockerSide> => {
    await info()
    return side()
  }
  return {
    side,
    info,
    networks: once(async () => (await behind()).api.networks(call)),
    servers: once(async () => listServers((await behind()).api, call)),
    parked: once(async () => listParked((await behind()).api, call)),
    volumes: once(async () => (await behind()).api.listVolumes(call)),
    call,
  }
}

function notNamed(rows: readonly VchRow[]): VicnfsError {
  const shown = rows.slice(0, 5).map(({name, id}) => `"${name}" (${id})`)
  return new VicnfsError('VN-SETTING-MISSING', 'No consumer VCH is named.', {
    reason: `vic-machine lists ${shown.length === 0 ? 'none' : shown.join(', ')}${rows.length > 5 ? ' and more' : ''}.`,
    tries: rows.slice(0, 2).map(({name}) => shellQuote(['export', `VICNFS_VCH=${name}`])),
  })
}

function vSphereSights(adapters: ExamineAdapters, signal: AbortSignal): VSphereSights {
  const call = {signal, timeoutMs: Math.min(VIC_MACHINE_MS, adapters.limits.vicMachineTimeoutMs)}
  const access = once(() => adapters.vicMachine())
  const rows = once(async () => (await access()).program.list(call))
  /** `ls` is the one login that may be refused; with it refused nothing else is tried (S8). */
  const loggedIn = async (): Promise<VicMachineAccess> => {
    await rows()
    return access()
  }
  const named = async <T>(look: (from: VicMachineAccess) => Promise<T>): Promise<T> => {
    const from = await loggedIn()
    if (from.selector.id === undefined && (from.selector.name ?? '') === '') throw notNamed(await rows())
    return look(from).catch(async (error: unknown) => {
      throw await withCandidates(error, from, {signal})
    })
  }
  const inspection = once(() => named((from) => from.program.inspect(from.selector, call)))
  const configuration = once(() => named((from) => from.program.inspectConfig(from.selector, call)))
  const identity = once(async () => {
    try {
      const {id, vchVersion: version} = await inspection()
      return {id, version}
    } catch (error) {
      // One that is off is known by its row.
      const row = rowOf(await rows(), (await access()).selector)
      if (row === undefined) throw error
      const version = parseVicVersion(row.version)
      return {id: row.id, version: version === undefined ? row.version : formatVicVersion(version)}
    }
  })
  return {
    installer: once(() => adapters.installer(call)),
    access,
    rows,
    inspection,
    configuration,
    identity,
    nfsStores: once(async () => (await configuration()).stores.filter(({scheme}) => scheme === 'nfs')),
  }
}

/** Opens the looks; nothing is asked yet. */
export function openSights(adapters: ExamineAdapters, {signal}: {readonly signal: AbortSignal}): Sights {
  const {stepTimeoutMs} = adapters.limits
  const call = {signal, timeoutMs: stepTimeoutMs}
  const server = dockerSights(() => adapters.server(), call)
  const consumer = adapters.split ? dockerSights(() => adapters.consumer(), call) : server
  const ladders = new Map<string, () => Promise<PreflightReport>>()
  return {
    ...vSphereSights(adapters, signal),
    server,
    consumer,
    selfHosted: once(async () => {
      if (!adapters.split) return true
      const [one, other] = [await server.side(), await consumer.side()]
      return adapters.sameEndpoint(one.endpoint.text, other.endpoint.text, {signal})
    }),
    ladder(place) {
      const key = JSON.stringify([place.host, place.path, place.uid, place.gid])
      const look =
        ladders.get(key) ??
        once(() => adapters.nfs.preflight(place, {signal, readOnly: true, rungTimeoutMs: stepTimeoutMs}))
      ladders.set(key, look)
      return look()
    },
  }
}
