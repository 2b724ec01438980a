import {
  flagField,
  numberField,
  objectField,
  textField,
  textMapField,
  textsField,
  type JsonObject,
} from './json-fields.js'

/** One entry of `HostConfig.PortBindings`; `hostPort` is empty when none was named. */
export interface PortBinding {
  readonly containerPort: number
  readonly protocol: string
  readonly hostIp: string
  readonly hostPort: string
}

/** What the VCH honours of a create request (facts/vch-docker-api.md § 3.1). */
export interface ContainerRequest {
  readonly image: string
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly env: readonly string[]
  readonly workingDir: string
  readonly user: string
  readonly hostname: string
  readonly tty: boolean
  readonly openStdin: boolean
  readonly stopSignal: string
  readonly stopTimeoutS: number
  readonly labels: Readonly<Record<string, string>>
  readonly binds: readonly string[]
  /** Paths of `Config.Volumes`: anonymous volumes. */
  readonly volumePaths: readonly string[]
  readonly network: string
  readonly endpointCount: number
  readonly address: string
  readonly aliases: readonly string[]
  readonly ports: readonly PortBinding[]
  readonly exposedPorts: readonly string[]
  readonly memoryMb: number
  readonly cpus: number
  readonly autoRemove: boolean
}

const MIN_MEMORY_MB = 512
const DEFAULT_MEMORY_MB = 2048
const MEMORY_STEP_MB = 128
const DEFAULT_CPUS = 2

function memoryMb(bytes: number): number {
  if (bytes <= 0) return DEFAULT_MEMORY_MB
  const asked = Math.max(Math.floor(bytes / 1024 / 1024), MIN_MEMORY_MB)
  return Math.ceil(asked / MEMORY_STEP_MB) * MEMORY_STEP_MB
}

/** One entry of `PortBindings`, its ports as given. */
export interface AskedPort {
  /** A port or a range `8000-8010`. */
  readonly containerPorts: string
  readonly protocol: string
  readonly hostIp: string
  readonly hostPort: string
}

/** The published ports of a create request, unchecked. */
export function askedPorts(request: JsonObject): readonly AskedPort[] {
  const bindings = objectField(objectField(request, 'HostConfig'), 'PortBindings')
  return Object.entries(bindings).flatMap(([key, value]) => {
    const [containerPorts = '', protocol = 'tcp'] = key.split('/')
    const listed = Array.isArray(value) && value.length > 0 ? (value as JsonObject[]) : [{}]
    return listed.map((one) => ({
      containerPorts,
      protocol,
      hostIp: textField(one, 'HostIp'),
      hostPort: textField(one, 'HostPort'),
    }))
  })
}

const MAX_PORT = 65_535

/** First and last port of `8000` or `8000-8010`; undefined when it is neither. */
export function portRange(text: string): readonly [first: number, last: number] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])]
  return first <= last && last <= MAX_PORT ? [first, last] : undefined
}

function readPorts(request: JsonObject): readonly PortBinding[] {
  return askedPorts(request).flatMap(({containerPorts, ...rest}) => {
    const [first, last] = portRange(containerPorts) ?? [1, 0]
    return Array.from({length: last - first + 1}, (_, index) => ({containerPort: first + index, ...rest}))
  })
}

function readNetwork(request: JsonObject): Pick<ContainerRequest, 'network' | 'endpointCount' | 'address' | 'aliases'> {
  const mode = textField(objectField(request, 'HostConfig'), 'NetworkMode')
  const endpoints = objectField(objectField(request, 'NetworkingConfig'), 'EndpointsConfig')
  // VIC sets NetworkMode to the name of the one endpoint; a CLI that names no network may call it `default`.
  const asked = Object.keys(endpoints)[0] ?? mode
  const network = asked === '' || asked === 'default' ? 'bridge' : asked
  const endpoint = objectField(endpoints, asked)
  const address = textField(objectField(endpoint, 'IPAMConfig'), 'IPv4Address')
  return {network, endpointCount: Object.keys(endpoints).length, address, aliases: textsField(endpoint, 'Aliases')}
}

/** Reads a create request, or the one that a container's record keeps. */
export function readRequest(request: JsonObject): ContainerRequest {
  const hostConfig = objectField(request, 'HostConfig')
  const cpus = Number(textField(hostConfig, 'CpusetCpus').split(',')[0])
  return {
    image: textField(request, 'Image'),
    entrypoint: textsField(request, 'Entrypoint'),
    cmd: textsField(request, 'Cmd'),
    env: textsField(request, 'Env'),
    workingDir: textField(request, 'WorkingDir'),
    user: textField(request, 'User'),
    hostname: textField(request, 'Hostname'),
    tty: flagField(request, 'Tty'),
    openStdin: flagField(request, 'OpenStdin'),
    stopSignal: textField(request, 'StopSignal') || 'SIGTERM',
    stopTimeoutS: numberField(request, 'StopTimeout'),
    labels: textMapField(request, 'Labels'),
    binds: textsField(hostConfig, 'Binds'),
    volumePaths: Object.keys(objectField(request, 'Volumes')),
    ...readNetwork(request),
    ports: readPorts(request),
    exposedPorts: Object.keys(objectField(request, 'ExposedPorts')),
    memoryMb: memoryMb(numberField(hostConfig, 'Memory')),
    cpus: cpus > 0 ? cpus : DEFAULT_CPUS,
    autoRemove: flagField(hostConfig, 'AutoRemove'),
  }
}
