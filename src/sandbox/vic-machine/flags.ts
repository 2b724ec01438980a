/** How a flag takes its value. */
export type FlagKind = 'text' | 'list' | 'switch' | 'duration' | 'number' | 'target'

export interface Flag {
  /** Long name first, then aliases. */
  readonly names: readonly [string, ...string[]]
  readonly kind: FlagKind
  readonly usage: string
  /** What the help shows as default. */
  readonly shownDefault?: string
  readonly environment?: string
  /** Shown by the extended help only. */
  readonly hidden?: boolean
  /** First release that knows it, for the two that the stand-in can be. */
  readonly since158?: boolean
}

export type CommandName = 'configure' | 'ls' | 'inspect' | 'inspect config'

const nil = '<nil>'
const TARGET: readonly Flag[] = [
  {
    names: ['target', 't'],
    kind: 'target',
    usage: 'REQUIRED. URL of vCenter (in the sandbox: of its stand-in), with the datacenter where there are several',
    shownDefault: nil,
    environment: 'VIC_MACHINE_TARGET',
  },
  {names: ['user', 'u'], kind: 'text', usage: 'vSphere user', environment: 'VIC_MACHINE_USER'},
  {
    names: ['password', 'p'],
    kind: 'text',
    usage: 'vSphere password',
    shownDefault: nil,
    environment: 'VIC_MACHINE_PASSWORD',
  },
  {
    names: ['thumbprint'],
    kind: 'text',
    usage: 'Thumbprint of the certificate of vCenter',
    environment: 'VIC_MACHINE_THUMBPRINT',
  },
]
const OPERATIONS: readonly Flag[] = [
  {
    names: ['ops-user'],
    kind: 'text',
    usage: 'User with which the VCH works once it is made',
    shownDefault: nil,
    hidden: true,
  },
  {names: ['ops-password'], kind: 'text', usage: 'Password of that user', shownDefault: nil, hidden: true},
  {
    names: ['ops-grant-perms'],
    kind: 'text',
    usage: 'Give that user the roles it needs',
    shownDefault: nil,
    hidden: true,
  },
]
const IDENTITY: readonly Flag[] = [
  {names: ['id'], kind: 'text', usage: 'ID of the VCH, such as vm-220'},
  {names: ['name', 'n'], kind: 'text', usage: 'Name of the VCH', shownDefault: '"virtual-container-host"'},
]
const COMPUTE: Flag = {
  names: ['compute-resource', 'r'],
  kind: 'text',
  usage: 'Path of the compute resource, such as myCluster',
}
const DEBUG: Flag = {
  names: ['debug', 'v'],
  kind: 'number',
  usage: '0 (the default) or higher; 1 and more may alter behaviour',
  shownDefault: nil,
  hidden: true,
}
const CERTIFICATES: Flag = {
  names: ['tls-cert-path'],
  kind: 'text',
  usage: "Folder of certificates. Defaults to './<vch name>/'",
}

function timeout(work: string): Flag {
  return {names: ['timeout'], kind: 'duration', usage: `Time to wait for ${work}`, shownDefault: '3m0s'}
}

function setting(names: Flag['names'], kind: FlagKind, usage: string, more: Partial<Flag> = {}): Flag {
  return {names, kind, usage, ...more}
}

/** Options of configure that change something other than volume stores. */
const SETTINGS: readonly Flag[] = [
  setting(['affinity-vm-group'], 'switch', 'Use a DRS VM group', {hidden: true}),
  setting(['container-name-convention', 'cnc'], 'text', "Names of container VMs, from '{name}' or '{id}'", {
    hidden: true,
    since158: true,
  }),
  setting(
    ['volume-store', 'vs'],
    'list',
    'Place and label of a volume store: "datastore/path:label" or "nfs://host/path?uid=1234&gid=5678:label"',
  ),
  setting(['dns-server'], 'list', 'DNS server of the VCH', {hidden: true}),
  setting(['container-network', 'cn'], 'list', 'vSphere network that containers can use, such as vsphere-net:backend'),
  setting(
    ['container-network-gateway', 'cng'],
    'list',
    'Gateway of a container network, such as vsphere-net:172.16.0.1/16',
    {hidden: true},
  ),
  setting(['container-network-ip-range', 'cnr'], 'list', 'Addresses of a container network', {hidden: true}),
  setting(['container-network-dns', 'cnd'], 'list', 'DNS servers of a container network', {hidden: true}),
  setting(['container-network-firewall', 'cnf'], 'list', 'Trust level: Closed, Outbound, Peers, Published, Open', {
    hidden: true,
  }),
  setting(['memory', 'mem'], 'number', 'Memory limit in MB', {shownDefault: nil}),
  setting(['memory-reservation', 'memr'], 'number', 'Memory reservation in MB', {shownDefault: nil, hidden: true}),
  setting(['memory-shares', 'mems'], 'text', 'Memory shares', {shownDefault: nil, hidden: true}),
  setting(['cpu'], 'number', 'CPU limit in MHz', {shownDefault: nil}),
  setting(['cpu-reservation', 'cpur'], 'number', 'CPU reservation in MHz', {shownDefault: nil, hidden: true}),
  setting(['cpu-shares', 'cpus'], 'text', 'CPU shares', {shownDefault: nil, hidden: true}),
  setting(['storage-quota', 'sq'], 'number', 'Storage quota in GB', {shownDefault: nil, since158: true}),
  setting(['containers'], 'number', 'Largest number of containers', {shownDefault: nil, since158: true}),
  setting(['tls-server-key'], 'text', 'Private key of the VCH'),
  setting(['tls-server-cert'], 'text', 'Certificate of the VCH'),
  setting(['tls-cname'], 'text', 'Common name in generated certificates'),
  CERTIFICATES,
  setting(['no-tlsverify', 'kv'], 'switch', 'No client certificates'),
  setting(['organization'], 'list', 'Organisation in generated certificates', {hidden: true, since158: true}),
  setting(['certificate-key-size', 'ksz'], 'number', 'Size of generated keys', {
    shownDefault: '2048',
    hidden: true,
    since158: true,
  }),
  setting(['tls-ca', 'ca'], 'list', 'Certificate authorities of clients', {hidden: true, since158: true}),
  setting(['registry-ca', 'rc'], 'list', 'Certificate authorities of registries'),
  setting(['https-proxy'], 'text', 'HTTPS proxy for images', {shownDefault: nil, hidden: true}),
  setting(['http-proxy'], 'text', 'HTTP proxy for images', {shownDefault: nil, hidden: true}),
  setting(['no-proxy'], 'text', 'Names that need no proxy', {shownDefault: nil, hidden: true, since158: true}),
  setting(['syslog-address'], 'text', 'Syslog server, as transport://host[:port]', {hidden: true, since158: true}),
]
const PROGRESS: readonly Flag[] = [
  setting(['force', 'f'], 'switch', 'Force the configure operation'),
  timeout('configure'),
  setting(
    ['reset-progress'],
    'switch',
    'Reset the UpdateInProgress flag. Not while another upgrade or configure is running',
  ),
  setting(['rollback'], 'switch', 'Go back to before the last upgrade or configure', {hidden: true}),
  DEBUG,
]

/** Flags of each command in the order of its help. */
export const COMMAND_FLAGS: Readonly<Record<CommandName, readonly Flag[]>> = {
  configure: [
    ...TARGET,
    ...OPERATIONS,
    ...IDENTITY,
    COMPUTE,
    ...SETTINGS,
    ...PROGRESS,
    setting(['extended-help', 'x'], 'switch', 'Show all options; not together with --help', {since158: true}),
  ],
  ls: [...TARGET, COMPUTE, timeout('list'), DEBUG],
  inspect: [...TARGET, ...IDENTITY, COMPUTE, timeout('inspect'), DEBUG, CERTIFICATES],
  'inspect config': [
    {names: ['format'], kind: 'text', usage: 'Form of the output: raw, verbose', shownDefault: '"verbose"'},
    ...TARGET,
    ...IDENTITY,
    COMPUTE,
    timeout('inspect'),
    DEBUG,
    CERTIFICATES,
  ],
}

/** Flags of configure that the stand-in carries out; the others it knows and refuses, rather than pretend. */
export const EMULATED: ReadonlySet<string> = new Set([
  ...[...TARGET, ...IDENTITY, COMPUTE, ...PROGRESS].map((flag) => flag.names[0]),
  'volume-store',
  'tls-cert-path',
  'extended-help',
])
