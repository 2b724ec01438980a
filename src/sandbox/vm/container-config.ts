import {encodeRecords} from './channel/frames.js'

/** A command in a container VM. */
export interface VmCommand {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** `/` by default. */
  readonly workingDir?: string
  /** `uid` or `uid:gid`, in numbers; root by default. */
  readonly user?: string
}

/** A volume on a disk of the VM. */
export interface VmVolumeMount {
  /** Label of its file system. */
  readonly label: string
  /** Folder in the container; made when it is not there. */
  readonly target: string
}

/** A volume in an NFS store. */
export interface VmNfsMount {
  /** IPv4 address of the server. */
  readonly host: string
  /** Folder on the server, such as `<export>/volumes/<name>`. */
  readonly path: string
  readonly target: string
}

export interface VmContainer {
  readonly hostname: string
  /** Without it nothing is run, and the VM stays up. */
  readonly command?: VmCommand | undefined
  readonly volumes?: readonly VmVolumeMount[]
  readonly nfsMounts?: readonly VmNfsMount[]
  /** Further lines of /etc/hosts: address, then names. */
  readonly hosts?: readonly (readonly [address: string, ...names: string[]])[]
  /** The VM stays up when the command ends; on a VCH it goes. */
  readonly staysUp?: boolean
}

/** What VIC gives every process (ProcessEnv of its tether), and the search path of Docker's images. */
const ENVIRONMENT = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root'}

/** VIC's own mount options of a container's NFS volume, from 1.2.0 to 1.5.8 (facts/vic-machine.md § 6.2). */
export const nfsMountOptions = (host: string): string =>
  'vers=3,rsize=131072,wsize=131072,hard,proto=tcp,timeo=600,sec=sys,mountvers=3,mountproto=tcp,nolock,' +
  `addr=${host}`

/** A command as records for guest/tether.pl. */
export function commandRecords({args, env = {}, workingDir = '/', user}: VmCommand): string[][] {
  return [
    ...args.map((arg) => ['arg', arg]),
    ...Object.entries({...ENVIRONMENT, ...env}).map(([name, value]) => ['env', name, value]),
    ['cwd', workingDir],
    ...(user === undefined ? [] : [['user', user]]),
  ]
}

/** A network card as PID 1 sets it up, in the order of the cards. */
export interface VmAddress {
  /** With the length of the prefix: `10.1.2.3/24`. */
  readonly address: string
  readonly gateway?: string | undefined
}

/** Everything about a container, for guest/tether.pl; the network comes before the mounts, which may need it. */
export function containerRecords(container: VmContainer, addresses: readonly VmAddress[]): Buffer {
  const {hostname, command, volumes = [], nfsMounts = [], hosts = [], staysUp = false} = container
  return encodeRecords([
    ['hostname', hostname],
    ...hosts.map((line) => ['host', ...line]),
    ...addresses.map(({address, gateway = ''}, index) => ['nic', `eth${index}`, address, gateway]),
    ...volumes.map(({label, target}) => ['volume', label, target]),
    ...nfsMounts.map(({host, path, target}) => ['nfs', `${host}:${path}`, target, nfsMountOptions(host)]),
    ...(staysUp || command === undefined ? [['stay']] : []),
    ...(command === undefined ? [] : commandRecords(command)),
  ])
}
