import {randomBytes, randomInt} from 'node:crypto'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {DockerSecurity, Knobs, NetworkState, SandboxState, TrustLevel} from '../state/sandbox-state.js'
import {DATA_IMAGE} from '../containers/image-catalogue.js'
import {asVolumeStore} from '../vic-machine/merge-stores.js'
import {parseStoreArgument} from '../vic-machine/store-argument.js'

/** A container network of a new sandbox beside `storage-net`. */
export interface ExtraNetwork {
  readonly name: string
  readonly trust?: TrustLevel
  /** Addresses by DHCP: the API shows no subnet, and an address only after a while. */
  readonly dhcp?: {readonly delayMs: number}
}

export interface FirstStateOptions {
  readonly name: string
  readonly vicVersion: string
  readonly vicMachineVersion: string
  /** /24s as `127.A.B`: storage, bridge, then one for each of `networks`. */
  readonly subnets: readonly string[]
  readonly networks: readonly ExtraNetwork[]
  /** `--volume-store` values. */
  readonly stores: readonly string[]
  readonly knobs: Partial<Knobs>
  readonly socketPath: string
  readonly portmapPort: number
  /** A Docker API on TCP; the unix socket without. */
  readonly listener?: {readonly security: DockerSecurity; readonly port: number}
}

/** Real waits made small: a demo takes seconds where a VCH takes minutes. */
export const DEFAULT_KNOBS: Knobs = {
  bootDelayMs: 700,
  bootRetryMs: 500,
  containerStartDelayMs: 150,
  containerStopDelayMs: 50,
  waitLimitMs: 180_000,
  mountFailureDelayMs: 1500,
  guestShutdownMs: 300,
}

/** A VCH as it is after `create`: powered on, never configured. @throws VN-SANDBOX-STORE */
export function firstState(options: FirstStateOptions): SandboxState {
  const [storage = '', bridge = '', ...others] = options.subnets
  const stores = options.stores.map(readStore)
  return {
    schemaVersion: 1,
    name: options.name,
    vicVersion: options.vicVersion,
    vicMachineVersion: options.vicMachineVersion,
    vmId: `vm-${randomInt(100, 1000)}`,
    target: `vcenter-${randomBytes(4).toString('hex')}.sbx.invalid`,
    thumbprint: [...randomBytes(20)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(':'),
    socketPath: options.socketPath,
    ...(options.listener && {listener: options.listener}),
    publicAddress: publicAddressOf(options.subnets),
    portmapPort: options.portmapPort,
    knobs: {...DEFAULT_KNOBS, ...options.knobs},
    networks: [
      bridgeNetwork(bridge),
      containerNetwork({name: 'storage-net'}, storage),
      ...options.networks.map((network, index) => containerNetwork(network, others[index] ?? '')),
    ],
    volumes: [],
    containers: [],
    images: [SERVER_IMAGE, 'busybox:latest', DATA_IMAGE],
    datastores: [
      ...new Set([
        'datastore1',
        'Shared Store (2)',
        ...stores.filter(({scheme}) => scheme === 'ds').map(({host}) => host),
      ]),
    ],
    power: 'on',
    guestInfo: {stores},
    snapshots: [],
  }
}

/** Address of the endpoint VM, on the first of the networks. */
export function publicAddressOf([storage = '']: readonly string[]): string {
  return `${storage}.2`
}

function readStore(argument: string): VolumeStore {
  try {
    return asVolumeStore(parseStoreArgument(argument))
  } catch (error) {
    throw new VicnfsError('VN-SANDBOX-STORE', `The sandbox cannot have the volume store ${JSON.stringify(argument)}.`, {
      reason: messageOf(error),
    })
  }
}

function bridgeNetwork(subnet: string): NetworkState {
  return {
    name: 'bridge',
    id: networkId(),
    driver: 'bridge',
    trust: 'published',
    subnet: `${subnet}.0/24`,
    gateway: `${subnet}.1`,
    ipRange: `${subnet}.32/27`,
  }
}

function containerNetwork({name, trust = 'published', dhcp}: ExtraNetwork, subnet: string): NetworkState {
  const common = {name, id: networkId(), driver: 'external', trust} as const
  if (dhcp) return {...common, dhcp: {range: `${subnet}.32/27`, delayMs: dhcp.delayMs}}
  return {...common, subnet: `${subnet}.0/24`, gateway: `${subnet}.1`, ipRange: `${subnet}.32/27`}
}

function networkId(): string {
  return randomBytes(32).toString('hex')
}

/** The /24s that a state uses, as the registry keeps them. */
export function subnetsOf(state: SandboxState): string[] {
  return state.networks.flatMap(({subnet, dhcp}) => {
    const text = subnet ?? dhcp?.range
    return text === undefined ? [] : [text.split('.').slice(0, 3).join('.')]
  })
}
