/** Settings of the server image by their names (docs/server-image.md). */
export type Settings = Readonly<Record<string, string>>

/** Squashes nobody, takes everybody, answers when data is on the disk. */
export const OPEN = '*(rw,sync,no_subtree_check,insecure,no_root_squash)'

/** Whether the settings are those of a parked server, which must not have the volume. */
export const isParked = (settings: Settings): boolean => settings['PARKED'] === '1'

/** A server with a volume of its own. */
export interface NfsSubject {
  readonly host: string
  readonly portmapPort: number
  /** The exported folder. */
  readonly path: string
  /**
   * The witness: runs a shell command on the server's side, in the exported folder, past NFS.
   * @returns its stdout @throws Error when it fails
   */
  shell(command: string): Promise<string>
  /** Ends the server at once, as SIGKILL does; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts the killed server again, with the settings it had; resolves when it is ready. */
  start(): Promise<void>
  /** Another server on the same volume (a parked one: without it), at the same address, in place of this one; resolves when it is ready. */
  recreate(settings: Settings): Promise<void>
  close(): Promise<void>
}

/** Where subjects come from. */
export interface NfsServers {
  /** A ready server on an empty volume, with `EXPORT_OPTS=${OPEN}` unless the settings say otherwise. */
  open(settings?: Settings): Promise<NfsSubject>
  close(): Promise<void>
}

/** What is known to differ between servers, and is right for each of them. */
export interface Differences {
  /** MNT of a folder that is not there: the kernel's mountd looks, Ganesha's does not tell (facts/nfs-server.md § 5). */
  readonly missingPath: 'MNT3ERR_NOENT' | 'MNT3ERR_ACCES'
  /** MNT of a file: Linux's mountd grants it, a container VM's mount of it fails then. */
  readonly mountsFiles: boolean
  /**
   * What PATHCONF says of long names, and the answer to one above 255 bytes, which no server takes, whatever it says:
   * Ganesha names a limit of its own; Linux says that it cuts names, and takes the call for garbage.
   */
  readonly longNames: {
    readonly nameMax: 255 | 1024
    readonly noTrunc: boolean
    readonly status: 'NFS3ERR_NAMETOOLONG' | 'garbage-args'
  }
  /** READ of a directory: RFC 1813 § 3.3.6 knows INVAL for what is no file; Linux answers ISDIR. */
  readonly readDirectory: 'NFS3ERR_ISDIR' | 'NFS3ERR_INVAL'
  /** Device files: the sandbox makes none of this machine's devices, whoever asks. */
  readonly makesDevices: boolean
  /** Owners and modes stand on the server's disk: the sandbox keeps them in a table beside it. */
  readonly ownersOnDisk: boolean
  /** A kill takes the memory of the server's kernel along, as a power loss does; that of a container stays with the host. */
  readonly killTakesMemory: boolean
}
