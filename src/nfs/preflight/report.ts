import type {ShareSession} from '../share-access.js'

/** The rungs of the ladder in order; the first five sets replay DESIGN § 3.4. */
export type RungId =
  | 'portmap' // TCP 111 answers GETPORT mountd v3
  | 'mountd' // mountd answers and MNT of the export is granted
  | 'nfsd' // GETPORT nfs v3, connection
  | 'fsinfo'
  | 'write' // MKDIR volumes, volumes_metadata (left out in the read-only form)
  | 'unmount'
  | 'remount' // the whole opening once more
  | 'lookup'
  | 'readdirplus' // 512/4096, attributes and handles demanded
  | 'subfolder' // MNT of <export>/volumes, as container VMs do

/** What `share-check` adds in a container of the server image: the kernel's own NFS client, as container VMs use it. */
export type KernelRungId =
  | 'kernel-mount' // <export>/volumes with VIC's options
  | 'kernel-write' // a file written, read back, removed as the store's uid

export interface Rung {
  readonly id: RungId
  readonly title: string
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly durationMs: number
  /** What was found, in words: `port 32767`, `MNT3ERR_ACCES: …`. */
  readonly finding: string
  /** Failed rung: code of the error table. */
  readonly code?: string
  readonly tries?: readonly string[]
}

export interface PreflightReport {
  readonly passed: boolean
  readonly host: string
  readonly path: string
  readonly uid: number
  readonly gid: number
  /** Whether requests left from a source port below 1024. */
  readonly privilegedPort: boolean
  readonly readOnly: boolean
  readonly rungs: readonly Rung[]
}

export interface ShareAddress {
  readonly host: string
  readonly path: string
  readonly uid: number
  readonly gid: number
}

export interface PreflightOptions {
  readonly signal?: AbortSignal
  /** Deadline of each rung. */
  readonly rungTimeoutMs?: number
  /** 111 unless the adapter setting VICNFS_PORTMAP_PORT says otherwise. */
  readonly portmapPort?: number
  /** Stops before MKDIR and looks only. */
  readonly readOnly?: boolean
  readonly onRung?: (rung: Rung) => void
  /** Called once the share is mounted and FSINFO has answered, with its files; what it throws ends the climb. */
  readonly whileMounted?: (session: ShareSession) => Promise<void>
}
