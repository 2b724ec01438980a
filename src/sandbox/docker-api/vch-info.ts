import {shuffled} from '../endpoint-vm/boot-stores.js'
import {runtimeOf} from '../containers/host-context.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import type {ApiContext} from './api-context.js'

const BUILD = '0'
const COMMIT = 'a5a3bbd'
const CPU_LIMIT_MHZ = 29_300
const MEMORY_LIMIT_GIB = 64
const CPU_PER_CONTAINER_MHZ = 155
const MEMORY_PER_CONTAINER_GIB = 2
const ENDPOINT_MEMORY_GIB = 2.031

/** `v1.5.8-0-a5a3bbd`: the form of VIC's ShortVersion; build and commit are placeholders. */
export function shortVersion(vicVersion: string): string {
  return `v${vicVersion}-${BUILD}-${COMMIT}`
}

export function driverName(vicVersion: string): string {
  return `vSphere Integrated Containers ${shortVersion(vicVersion)} Backend Engine`
}

/** `GET /version` (facts/vch-docker-api.md § 1.2). */
export function versionDocument(vicVersion: string): object {
  return {
    Version: vicVersion,
    ApiVersion: '1.25',
    MinAPIVersion: '1.19',
    GitCommit: COMMIT,
    GoVersion: 'go1.8.7',
    Os: 'linux',
    Arch: 'amd64',
    KernelVersion: '-',
    Experimental: true,
    BuildTime: 'Wed Jun 26 08:12:41 2019',
  }
}

/** State word of a container as the API shows it; `Starting` and `Stopping` come straight from the port layer. */
export function stateWord(context: ApiContext, id: string): string {
  return wordOf(context, context.containers.need(id))
}

/** The same of a record at hand: a list of a thousand must not look for each of them. */
export function wordOf(context: ApiContext, record: ContainerRecord): string {
  return runtimeOf(context.containers.context, record.id).phase ?? record.power
}

function systemStatus(context: ApiContext, running: number): readonly (readonly [string, string])[] {
  const {vicVersion} = context.store.state
  const behaviour = vicBehaviour(vicVersion)
  const memoryGib = (ENDPOINT_MEMORY_GIB + running * MEMORY_PER_CONTAINER_GIB).toFixed(3)
  return [
    ['VolumeStores', shuffled(context.volumes.onlineStores).join(' ')],
    [driverName(vicVersion), 'RUNNING'],
    [' VCH CPU limit', `${CPU_LIMIT_MHZ} MHz`],
    [' VCH memory limit', `${MEMORY_LIMIT_GIB} GiB`],
    [' VCH CPU usage', `${CPU_PER_CONTAINER_MHZ * (running + 1)} MHz`],
    [' VCH memory usage', `${memoryGib} GiB`],
    ...(behaviour.storageQuota ? [[' VCH storage usage', '2.5 GiB'] as const] : []),
    [' VMware Product', 'VMware vCenter Server'],
    [' VMware OS', 'linux-x64'],
    [' VMware OS version', '6.7.0'],
    ...(behaviour.whitelistMode
      ? [[' Registry Whitelist Mode', 'disabled.  All registry access allowed.'] as const]
      : []),
  ]
}

/** Flags that a VCH sets only to keep the CLI from warning. */
const SILENCING = [
  'MemoryLimit',
  'SwapLimit',
  'KernelMemory',
  'CpuCfsPeriod',
  'CpuCfsQuota',
  'CPUShares',
  'CPUSet',
  'IPv4Forwarding',
  'BridgeNfIptables',
  'BridgeNfIp6tables',
  'OomKillDisable',
]

function containerCounts(context: ApiContext): object {
  const words = context.store.state.containers.map((record) => wordOf(context, record))
  const running = words.filter((word) => word === 'running').length
  const stopped = words.filter((word) => word === 'exited' || word === 'created').length
  return {Containers: running + stopped, ContainersRunning: running, ContainersPaused: 0, ContainersStopped: stopped}
}

/** What a Go program writes for fields that VIC never sets. */
const UNSET = {
  Debug: false,
  NFd: 0,
  NGoroutines: 0,
  LoggingDriver: '',
  CgroupDriver: '',
  NEventsListener: 0,
  KernelVersion: '',
  RegistryConfig: null,
  DockerRootDir: '',
  HttpProxy: '',
  HttpsProxy: '',
  NoProxy: '',
  Labels: null,
  ExperimentalBuild: true,
  ClusterStore: '',
  ClusterAdvertise: '',
  Runtimes: null,
  DefaultRuntime: '',
  LiveRestoreEnabled: false,
  Isolation: '',
  InitBinary: '',
  SecurityOptions: null,
}

/** `GET /info` (facts/vch-docker-api.md § 1.3). */
export function infoDocument(context: ApiContext): object {
  const {name, vicVersion, images, networks, containers} = context.store.state
  const running = containers.filter((record) => record.power === 'running').length
  const volumePlugins = context.volumes.onlineStores.length > 0 ? ['vsphere'] : null
  return {
    ...UNSET,
    ID: 'vSphere Integrated Containers',
    Name: name,
    ...containerCounts(context),
    Images: images.length,
    Driver: driverName(vicVersion),
    DriverStatus: null,
    SystemStatus: systemStatus(context, running),
    Plugins: {
      Volume: volumePlugins,
      Network: shuffled(networks.filter((one) => one.builtin !== false).map((one) => one.name)),
      Authorization: null,
    },
    ...Object.fromEntries(SILENCING.map((key) => [key, true])),
    SystemTime: new Date().toISOString().replace('Z', '000000Z'),
    OperatingSystem: 'linux-x64',
    OSType: 'linux-x64',
    Architecture: 'x86_64',
    IndexServerAddress: 'registry-1.docker.io',
    NCPU: CPU_LIMIT_MHZ,
    MemTotal: MEMORY_LIMIT_GIB * 1024 ** 3,
    ServerVersion: shortVersion(vicVersion),
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
  }
}
