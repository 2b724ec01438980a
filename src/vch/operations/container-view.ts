import type {ContainerState, ContainerSummary, VchContainer} from '../vch-api.js'

export interface RawListed {
  readonly Id: string
  readonly Names?: readonly string[] | null
  readonly Image?: string
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly State?: string
}

export interface RawContainer {
  readonly Id: string
  readonly Name?: string
  readonly State?: {readonly Status?: string; readonly ExitCode?: number; readonly StartedAt?: string} | null
  readonly Config?: {
    readonly Image?: string
    readonly Labels?: Readonly<Record<string, string>> | null
    readonly Env?: readonly string[] | null
  } | null
  readonly Mounts?: readonly {readonly Name?: string; readonly Destination?: string; readonly RW?: boolean}[] | null
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, {readonly IPAddress?: string} | null>> | null
    readonly Ports?: Readonly<Record<string, readonly {readonly HostIp?: string}[] | null>> | null
  } | null
}

/** Docker's words and the port layer's raw ones, lower case (facts/vch-docker-api.md § 3.5); others are "not yet". */
const STATES: Readonly<Record<string, ContainerState>> = {
  created: 'created',
  starting: 'starting',
  restarting: 'starting',
  running: 'running',
  paused: 'running',
  stopping: 'stopping',
  removing: 'stopping',
  exited: 'exited',
  stopped: 'exited',
  dead: 'exited',
}
/** How Docker writes "never"; VIC writes nothing. */
const NEVER = /^0001-01-01T/

export function stateOf(word: string | undefined): ContainerState {
  return STATES[(word ?? '').toLowerCase()] ?? 'unknown'
}

export function summaryView(raw: RawListed): ContainerSummary {
  return {
    id: raw.Id,
    name: bareName(raw.Names?.[0]),
    image: raw.Image ?? '',
    labels: raw.Labels ?? {},
    state: stateOf(raw.State),
  }
}

/**
 * A container as inspect says it; addresses only from `Networks`, since VIC's top-level `IPAddress` is always empty.
 */
export function containerView(raw: RawContainer): VchContainer {
  const started = raw.State?.StartedAt ?? ''
  return {
    id: raw.Id,
    name: bareName(raw.Name),
    image: raw.Config?.Image ?? '',
    labels: raw.Config?.Labels ?? {},
    state: stateOf(raw.State?.Status),
    rawState: raw.State?.Status ?? '',
    exitCode: raw.State?.ExitCode ?? 0,
    startedAt: NEVER.test(started) ? '' : started,
    env: raw.Config?.Env ?? [],
    mounts: (raw.Mounts ?? []).flatMap(({Name, Destination, RW}) =>
      Name ? [{volume: Name, destination: Destination ?? '', readOnly: RW === false}] : [],
    ),
    addresses: Object.fromEntries(
      Object.entries(raw.NetworkSettings?.Networks ?? {}).map(([name, network]) => [name, network?.IPAddress ?? '']),
    ),
    publishedAddress: publishedAddress(raw),
  }
}

/** `HostIp` of the first port that names one; `0.0.0.0` and `::` mean "any" and name none. */
function publishedAddress(raw: RawContainer): string {
  const bindings = Object.values(raw.NetworkSettings?.Ports ?? {}).flatMap((ports) => ports ?? [])
  return bindings.map(({HostIp}) => HostIp ?? '').find((address) => !['', '0.0.0.0', '::'].includes(address)) ?? ''
}

function bareName(name: string | undefined): string {
  return (name ?? '').replace(/^\//, '')
}
