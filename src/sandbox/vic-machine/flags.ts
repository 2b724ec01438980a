import {OPERATIONS_FLAGS, SETTING_FLAGS} from './configure-flags.js'
import {flag, NIL, type Flag} from './flag.js'

export type CommandName = 'configure' | 'ls' | 'inspect' | 'inspect config'

const TARGET: readonly Flag[] = [
  flag(
    ['target', 't'],
    'target',
    'REQUIRED. ESXi or vCenter connection URL, specifying a datacenter if multiple exist e.g. root:password@VC-FQDN/datacenter',
    {shownDefault: NIL, environment: 'VIC_MACHINE_TARGET'},
  ),
  flag(['user', 'u'], 'text', 'ESX or vCenter user', {environment: 'VIC_MACHINE_USER'}),
  flag(['password', 'p'], 'text', 'ESX or vCenter password', {shownDefault: NIL, environment: 'VIC_MACHINE_PASSWORD'}),
  flag(['thumbprint'], 'text', 'ESX or vCenter host certificate thumbprint', {
    environment: 'VIC_MACHINE_THUMBPRINT',
  }),
]
const IDENTITY: readonly Flag[] = [
  flag(['id'], 'text', 'The ID of the Virtual Container Host, e.g. vm-220'),
  flag(['name', 'n'], 'text', 'The name of the Virtual Container Host', {shownDefault: '"virtual-container-host"'}),
]
const COMPUTE = flag(['compute-resource', 'r'], 'text', 'Compute resource path, e.g. myCluster')
const DEBUG = flag(
  ['debug', 'v'],
  'number',
  '[0(default),1...n], 0 is disabled, 1 is enabled, >= 1 may alter behaviour',
  {shownDefault: NIL, hidden: true},
)
const CERTIFICATES = flag(
  ['tls-cert-path'],
  'text',
  "The path to check for existing certificates. Defaults to './<vch name>/'",
)

function timeout(work: string): Flag {
  return flag(['timeout'], 'duration', `Time to wait for ${work}`, {shownDefault: '3m0s'})
}

const PROGRESS: readonly Flag[] = [
  flag(['force', 'f'], 'switch', 'Force the configure operation'),
  timeout('configure'),
  flag(
    ['reset-progress'],
    'switch',
    'Reset the UpdateInProgress flag. Warning: Do not reset this flag if another upgrade/configure process is running',
  ),
  flag(['rollback'], 'switch', 'Roll back VCH configuration to before the current upgrade/configure', {hidden: true}),
  DEBUG,
]

/** Flags of each command in the order of its help. */
export const COMMAND_FLAGS: Readonly<Record<CommandName, readonly Flag[]>> = {
  configure: [
    ...TARGET,
    ...OPERATIONS_FLAGS,
    ...IDENTITY,
    COMPUTE,
    ...SETTING_FLAGS,
    ...PROGRESS,
    flag(['extended-help', 'x'], 'switch', 'Show all options - this must be specified instead of --help', {
      since: '1.5.0',
    }),
  ],
  ls: [...TARGET, COMPUTE, timeout('list'), DEBUG],
  inspect: [...TARGET, ...IDENTITY, COMPUTE, timeout('inspect'), DEBUG, CERTIFICATES],
  'inspect config': [
    flag(['format'], 'text', 'Determine the format of configuration output. Supported formats: raw, verbose', {
      shownDefault: '"verbose"',
    }),
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
  ...[...TARGET, ...IDENTITY, COMPUTE, ...PROGRESS].map((each) => each.names[0]),
  'ops-user',
  'ops-password',
  'volume-store',
  'tls-cert-path',
  'extended-help',
])
