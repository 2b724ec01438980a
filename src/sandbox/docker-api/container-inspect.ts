import {createHash} from 'node:crypto'
import {readRequest, type ContainerRequest} from '../containers/create-request.js'
import {runtimeOf} from '../containers/host-context.js'
import {imageId} from '../containers/image-catalogue.js'
import {parseIpv4Range} from '../containers/ipv4.js'
import {objectField, type JsonObject} from '../containers/json-fields.js'
import {commandOf} from '../containers/launch-command.js'
import type {ContainerMount, ContainerRecord} from '../state/sandbox-state.js'
import type {ApiContext} from './api-context.js'
import {driverName, stateWord} from './vch-info.js'

/** A short decimal number, as a VCH's port layer names endpoints. */
export function endpointIdOf(record: ContainerRecord): string {
  return String(Number.parseInt(record.id.slice(0, 4), 16))
}

/** The container's address as the API knows it: a DHCP lease shows late, none shows before the first start. */
export function shownAddress(context: ApiContext, record: ContainerRecord): string {
  return Date.now() < runtimeOf(context.containers.context, record.id).addressShownAtMs ? '' : record.address
}

export interface ShownPort {
  readonly HostIp: string
  readonly HostPort: string
}

/** Published ports: on a container network the container's own, on a bridge the endpoint VM's. */
export function shownPorts(
  context: ApiContext,
  record: ContainerRecord,
): Readonly<Record<string, readonly ShownPort[] | null>> {
  const request = readRequest(record.request)
  const external = context.store.state.networks.find((one) => one.name === record.network)?.driver === 'external'
  const mapped = context.mappings(record.id)
  const ports: Record<string, ShownPort[] | null> = {}
  for (const exposed of request.exposedPorts) ports[exposed.includes('/') ? exposed : `${exposed}/tcp`] = null
  for (const port of request.ports) {
    const rule = mapped.find((one) => one.containerPort === port.containerPort && one.protocol === port.protocol)
    const hostPort =
      external || port.hostPort !== '' ? port.hostPort || String(port.containerPort) : String(rule?.hostPort ?? '')
    const hostIp = external ? shownAddress(context, record) || '0.0.0.0' : context.store.state.publicAddress
    const key = `${port.containerPort}/${port.protocol}`
    ports[key] = [...(ports[key] ?? []), {HostIp: hostIp, HostPort: hostPort}]
  }
  return ports
}

function mountDocument(mount: ContainerMount): object {
  const {volume, destination, readOnly} = mount
  const mode = readOnly ? 'ro' : 'rw'
  return {
    Type: 'volume',
    Name: volume,
    Source: volume,
    Destination: destination,
    Driver: 'vsphere',
    Mode: mode,
    RW: !readOnly,
    Propagation: '',
  }
}

function networkSettings(context: ApiContext, record: ContainerRecord, request: ContainerRequest): object {
  const network = context.store.state.networks.find((one) => one.name === record.network)
  const address = shownAddress(context, record)
  const endpoint = {
    IPAMConfig: request.address === '' ? null : {IPv4Address: request.address},
    Links: null,
    Aliases: request.aliases.length === 0 ? null : request.aliases,
    NetworkID: '',
    EndpointID: endpointIdOf(record),
    Gateway: network?.gateway ?? '',
    IPAddress: address,
    IPPrefixLen: network?.subnet === undefined || address === '' ? 0 : parseIpv4Range(network.subnet).prefix,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: address === '' ? '' : macAddress(record),
  }
  // The address at the top level is always empty (vmware/vic issue 6269).
  const empty = {Bridge: '', SandboxID: '', HairpinMode: false, LinkLocalIPv6Address: '', LinkLocalIPv6PrefixLen: 0}
  const top = {SandboxKey: '', SecondaryIPAddresses: null, SecondaryIPv6Addresses: null, EndpointID: '', Gateway: ''}
  const rest = {
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
  }
  return {...empty, Ports: shownPorts(context, record), ...top, ...rest, Networks: {[record.network]: endpoint}}
}

function macAddress(record: ContainerRecord): string {
  const digest = createHash('md5').update(record.id).digest('hex')
  return `00:50:56:${['0', '2', '4'].map((at) => digest.slice(Number(at), Number(at) + 2)).join(':')}`
}

/** What the VM's own configuration holds; the rest of the request is echoed until the VCH restarts (knob 9). */
function hostConfig(context: ApiContext, record: ContainerRecord, request: ContainerRequest): object {
  const given = objectField(record.request, 'HostConfig')
  const {vicVersion} = context.store.state
  const binds = record.mounts.map((mount) => `${mount.volume}:${mount.destination}:${mount.readOnly ? 'ro' : 'rw'}`)
  return {
    ...(record.hostConfigForgotten ? {} : given),
    Binds: record.hostConfigForgotten ? binds : (given['Binds'] ?? null),
    NetworkMode: record.network,
    Memory: request.memoryMb,
    CpusetCpus: String(request.cpus),
    AutoRemove: request.autoRemove,
    VolumeDriver: driverName(vicVersion),
    LogConfig: {Type: 'json-file', Config: null},
    PortBindings: Object.fromEntries(Object.entries(shownPorts(context, record)).filter(([, bound]) => bound !== null)),
  }
}

function config(record: ContainerRecord, request: ContainerRequest): JsonObject {
  const {NetworkingConfig: _network, HostConfig: _host, ...given} = record.request
  const volumes = record.mounts.map((mount) => `${mount.volume}:${mount.destination}:${mount.readOnly ? 'ro' : 'rw'}`)
  return {
    ...given,
    Hostname: request.hostname || record.id.slice(0, 12),
    Env: request.env,
    Cmd: request.cmd.length === 0 ? null : request.cmd,
    Entrypoint: request.entrypoint.length === 0 ? null : request.entrypoint,
    Volumes: volumes.length === 0 ? null : Object.fromEntries(volumes.map((key) => [key, {}])),
    Labels: request.labels,
    StdinOnce: true,
    // VIC never sends a health check back, nor a stop signal of an image.
    Healthcheck: undefined,
  }
}

function stateDocument(record: ContainerRecord, word: string): object {
  return {
    Status: word,
    Running: word === 'running',
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 0,
    ExitCode: record.exitCode,
    Error: '',
    StartedAt: record.startedAt,
    FinishedAt: record.finishedAt,
  }
}

/** `GET /containers/{n}/json` (facts/vch-docker-api.md § 3.5). */
export function inspectDocument(context: ApiContext, record: ContainerRecord): object {
  const request = readRequest(record.request)
  const word = stateWord(context, record.id)
  const driver = driverName(context.store.state.vicVersion)
  const [command = '', ...args] = commandOf(record)
  return {
    Id: record.id,
    Created: record.createdAt,
    Path: command,
    Args: args,
    State: stateDocument(record, word),
    Image: imageId(record.image),
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: '',
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: driver,
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: hostConfig(context, record, request),
    GraphDriver: {Name: driver, Data: null},
    Mounts: record.mounts.map(mountDocument),
    Config: config(record, request),
    NetworkSettings: networkSettings(context, record, request),
  }
}
