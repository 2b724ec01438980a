import type Docker from 'dockerode'
import {getJson} from '../door/request.js'
import {notDockerError} from '../failures/general-error.js'
import type {Door} from '../door/door.js'
import type {CallOptions, VchInfo} from '../vch-api.js'

/** `/info` may take several seconds: whitelist refresh and vSphere calls (facts/vch-docker-api.md § 1.4). */
export const INFO_LIMIT_MS = 30_000

interface RawInfo {
  readonly ID?: string
  readonly Name?: string
  readonly ServerVersion?: string
  readonly Driver?: string
  readonly SystemStatus?: readonly (readonly [string, string])[] | null
  readonly Plugins?: {readonly Network?: readonly string[] | null} | null
}

const VCH_ID = 'vSphere Integrated Containers'
const VCH_DRIVER = /^vSphere Integrated Containers (v\S+ )?Backend Engine$/
const LEADING_VERSION = /^v?(\d+\.\d+\.\d+(?:-rc\d+)?)/

/** What is at the other end: a VCH of any 1.x version or a Docker Engine (facts/vch-docker-api.md §§ 1.3, 1.4). */
export async function readInfo(door: Door, options?: CallOptions): Promise<VchInfo> {
  return door.call({doing: 'describe itself', limitMs: INFO_LIMIT_MS}, options, async (docker, signal) => {
    const raw = (await getJson(docker, '/info', signal)) as RawInfo
    if (typeof raw !== 'object' || typeof raw.ID !== 'string' || typeof raw.Driver !== 'string') {
      throw notDockerError(door.endpoint)
    }
    if (raw.ID !== VCH_ID || !VCH_DRIVER.test(raw.Driver)) {
      const networks = await docker.listNetworks({abortSignal: signal})
      return engineInfo(
        raw,
        networks.map(({Name}) => Name),
      )
    }
    const version = LEADING_VERSION.exec(raw.ServerVersion ?? '')?.[1]
    return vchInfo(raw, version ?? (await readVersion(docker, signal)))
  })
}

async function readVersion(docker: Docker, signal: AbortSignal): Promise<string> {
  return bare(((await getJson(docker, '/version', signal)) as {Version?: string}).Version)
}

function vchInfo(raw: RawInfo, version: string): VchInfo {
  const status = new Map(raw.SystemStatus ?? [])
  return {
    kind: 'vch',
    name: raw.Name ?? '',
    version,
    running: status.get(raw.Driver ?? '') === 'RUNNING',
    onlineStores: sorted((status.get('VolumeStores') ?? '').split(' ').filter((label) => label !== '')),
    networkNames: sorted(raw.Plugins?.Network ?? []),
  }
}

/** A Docker Engine's `Plugins.Network` lists drivers, so the networks come from `/networks`. */
function engineInfo(raw: RawInfo, networkNames: readonly string[]): VchInfo {
  return {
    kind: 'docker-engine',
    name: raw.Name ?? '',
    version: bare(raw.ServerVersion),
    running: true,
    onlineStores: [],
    networkNames: sorted(networkNames),
  }
}

function bare(version: string | undefined): string {
  return (version ?? '').replace(/^v/, '')
}

/** VIC says both lists in random order. */
function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort()
}
