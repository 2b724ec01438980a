/** Options that every call over the network takes. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** What `GET /info` and `GET /version` say (facts/vch-docker-api.md § 1). */
export interface VchInfo {
  /** A VCH, or a plain Docker Engine at the other end. */
  readonly kind: 'vch' | 'docker-engine'
  readonly name: string
  /** VIC's (or Docker's) version without a leading `v`, such as `1.5.8`. */
  readonly version: string
  /** The port layer answers (`RUNNING`); always true for a Docker Engine. */
  readonly running: boolean
  /** Labels of the volume stores that are online. */
  readonly onlineStores: readonly string[]
  readonly networkNames: readonly string[]
}

export interface VchNetwork {
  readonly name: string
  readonly id: string
  /** A container network with addresses of its own (`Driver` external), as opposed to a bridge. */
  readonly external: boolean
  readonly subnet?: string
  readonly gateway?: string
  readonly ipRange?: string
  /** Addresses in use, without prefix length. */
  readonly usedAddresses: readonly string[]
}

export interface VchVolume {
  readonly name: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
  /** Label of the volume store that holds it (`default` when the volume does not say); undefined on a Docker Engine. */
  readonly store?: string
  readonly capacityMb?: number
}

export interface VolumeRequest {
  readonly name: string
  readonly store?: string
  readonly capacityMb?: number
  readonly labels?: Readonly<Record<string, string>>
}

export type ContainerState = 'created' | 'starting' | 'running' | 'stopping' | 'exited' | 'unknown'

export interface ContainerSummary {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: ContainerState
}

export interface VchContainer extends ContainerSummary {
  /** The state word as the API said it. */
  readonly rawState: string
  readonly exitCode: number
  readonly startedAt: string
  readonly env: readonly string[]
  readonly mounts: readonly {readonly volume: string; readonly destination: string; readonly readOnly: boolean}[]
  /** Network name → address; an empty string while none is known. */
  readonly addresses: Readonly<Record<string, string>>
  /** Address of the endpoint VM (or host) that published ports are reached at; empty when none is said. */
  readonly publishedAddress: string
}

export interface ContainerRequest {
  readonly name?: string
  readonly image: string
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly binds?: readonly {readonly volume: string; readonly destination: string; readonly readOnly?: boolean}[]
  readonly network?: string
  /** Fixed IPv4 address on `network`. */
  readonly address?: string
  /** TCP ports published under their own number. */
  readonly ports?: readonly number[]
  readonly workingDir?: string
  readonly user?: string
  readonly memoryMb?: number
  readonly stopTimeoutS?: number
  /** Linux capabilities for a plain Docker Engine; a VCH ignores them. */
  readonly capabilities?: readonly string[]
}

export interface ContainerFilter {
  readonly labels?: readonly string[]
  readonly volume?: string
  readonly network?: string
  readonly name?: string
}

/** How a command beside a container's main process ended. */
export interface ExecResult {
  /** 126 or 127 for a command that cannot be launched. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A VCH's Docker API as vicnfs uses it; a plain Docker Engine and the sandbox stand behind the same interface. */
export interface VchApi {
  /** The endpoint as one text: `tcp://host:port`, `https://host:port` or `unix:///path`. */
  readonly endpoint: string
  info(options?: CallOptions): Promise<VchInfo>
  /** The Docker API that the other end speaks, such as `1.25`, and the oldest that it takes; absent in a stand-in. */
  apiVersions?(options?: CallOptions): Promise<{readonly newest: string; readonly oldest?: string}>
  networks(options?: CallOptions): Promise<readonly VchNetwork[]>
  /** @returns undefined when there is no such volume */
  inspectVolume(name: string, options?: CallOptions): Promise<VchVolume | undefined>
  listVolumes(options?: CallOptions): Promise<readonly VchVolume[]>
  /** Idempotent: an existing volume of that name is returned as it is with `created` false. */
  createVolume(
    request: VolumeRequest,
    options?: CallOptions,
  ): Promise<{readonly created: boolean; readonly volume: VchVolume}>
  removeVolume(name: string, options?: CallOptions): Promise<void>
  listContainers(filter: ContainerFilter, options?: CallOptions): Promise<readonly ContainerSummary[]>
  /** @returns undefined when there is no such container */
  inspectContainer(idOrName: string, options?: CallOptions): Promise<VchContainer | undefined>
  createContainer(request: ContainerRequest, options?: CallOptions): Promise<string>
  startContainer(id: string, options?: CallOptions): Promise<void>
  /** No error when it is stopped or gone already. */
  stopContainer(id: string, options?: CallOptions & {readonly graceS?: number}): Promise<void>
  /** No error when it is gone already; never removes a named volume. */
  removeContainer(id: string, options?: CallOptions & {readonly force?: boolean}): Promise<void>
  /** Waits past the VCH's three-minute limit. @returns the exit code */
  waitContainer(id: string, options?: CallOptions): Promise<number>
  /** stdout and stderr as one text, at most `tailLines` lines. */
  containerLogs(id: string, options?: CallOptions & {readonly tailLines?: number}): Promise<string>
  /**
   * Runs a command beside the main process of a running container; seconds each time on a VCH (VIC ≥ 1.2), so never in
   * a loop. Output beyond a MiB is dropped.
   * @throws VN-VCH-CONTAINER-STOPPED, VN-VCH-CONTAINER-MISSING, VN-VCH-UNSUPPORTED
   */
  exec(container: string, command: readonly string[], options?: CallOptions): Promise<ExecResult>
  hasImage(reference: string, options?: CallOptions): Promise<boolean>
  pullImage(reference: string, options?: CallOptions & {readonly onProgress?: (text: string) => void}): Promise<void>
}
