import {redact, redactArgv, shellQuote, withoutLogin} from './redaction.js'
import {SAME_COMMAND} from './vicnfs-error.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Flags that say where a run works, each with the variable that may say it instead; '' where none does. */
const GROUPS = {
  server: {host: 'DOCKER_HOST', context: 'DOCKER_CONTEXT', 'cert-path': 'DOCKER_CERT_PATH', 'no-tlsverify': ''},
  consumer: {
    'consumer-host': 'VICNFS_CONSUMER_HOST',
    'consumer-cert-path': 'VICNFS_CONSUMER_CERT_PATH',
    'consumer-no-tlsverify': 'VICNFS_CONSUMER_NO_TLSVERIFY',
  },
  vicMachine: {
    'vic-machine': 'VICNFS_VIC_MACHINE',
    target: 'VIC_MACHINE_TARGET',
    user: 'VIC_MACHINE_USER',
    thumbprint: 'VIC_MACHINE_THUMBPRINT',
  },
  vch: {vch: 'VICNFS_VCH', 'vch-id': 'VICNFS_VCH_ID', 'compute-resource': 'VICNFS_COMPUTE_RESOURCE'},
} as const

type Group = keyof typeof GROUPS
export type PlaceFlag = {[G in Group]: keyof (typeof GROUPS)[G]}[Group]

/** Where a run works: the values of those flags, as typed or as a runbook has them. */
export type RunPlace = Readonly<Partial<Record<PlaceFlag, string | boolean | undefined>>>

const ALL: readonly Group[] = ['server', 'consumer', 'vicMachine', 'vch']
const EACH_SIDE: readonly Group[] = ['server', 'consumer']

/** Which of these flags each command takes. */
const TAKES: Readonly<Record<string, readonly Group[]>> = {
  doctor: ALL,
  'expose-volume': ALL,
  'move-share': ALL,
  preflight: EACH_SIDE,
  'register-store': ALL,
  rollback: ALL,
  status: ALL,
  teardown: ALL,
  verify: ALL,
}

/** Names of the flags that say where a command works. */
export function placeFlagsOf(command: string): readonly string[] {
  return (TAKES[command] ?? []).flatMap((group) => Object.keys(GROUPS[group]))
}

function argumentsOf(group: Group, place: RunPlace, environment: Environment): string[] {
  return Object.entries<string>(GROUPS[group]).flatMap(([flag, variable]) => {
    const value = place[flag as PlaceFlag]
    if (value === undefined || value === false || value === '') return []
    const said = environment[variable] ?? ''
    if (value === true) return ['1', 'true'].includes(said) ? [] : [`--${flag}`]
    // A setting with a login in it is not shown (S8): then the variable has to say it.
    const shown = redact(flag === 'target' ? withoutLogin(value) : value)
    return said === value || shown !== value ? [] : [`--${flag}`, value]
  })
}

const isGiven = (command: string, flag: string): boolean =>
  new RegExp(String.raw`\s--${flag}(?=[\s=]|$)`).test(command) || (flag === 'host' && /\s-H\b/.test(command))

const bare = (host: string): string =>
  host
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase()

/** Whether a host of a docker command is the one that was typed, perhaps without its port. */
function isHost(host: string, typed: RunPlace[PlaceFlag]): boolean {
  if (typeof typed !== 'string' || typed === '') return false
  const [is, wanted] = [bare(host), bare(typed)]
  return is === wanted || is.startsWith(`${wanted}:`)
}

/** Whether the server's certificate is not looked at on one side of this run. */
function isUnchecked(place: RunPlace, environment: Environment, side: 'server' | 'consumer'): boolean {
  if (side === 'consumer') return place['consumer-no-tlsverify'] === true
  const {DOCKER_TLS: loose = '', DOCKER_TLS_VERIFY: strict = ''} = environment
  return place['no-tlsverify'] === true || (loose !== '' && strict === '')
}

/**
 * What else has to be said of a consumer VCH that the command names itself, beside another server VCH perhaps: its
 * client certificate and the doubt about the server's, where it is a VCH of this run. Of any other nobody knows them.
 */
function consumerMaterial(command: string, place: RunPlace, environment: Environment): string[] {
  const [, quoted = ''] = /\s--consumer-host[\s=]('[^']*'|\S+)/.exec(command) ?? []
  const isSaid = isGiven(command, 'consumer-cert-path') || isGiven(command, 'consumer-no-tlsverify')
  if (quoted === '' || isSaid) return []
  const host = quoted.replaceAll("'", '')
  const isConsumer = isHost(host, place['consumer-host'])
  if (!isConsumer && !isHost(host, place.host ?? environment['DOCKER_HOST'])) return []
  // A consumer VCH has the certificate of the server VCH beside it, unless that is another one here.
  const ofServer = !isConsumer || isGiven(command, 'host') ? place['cert-path'] : undefined
  const folder = (isConsumer ? place['consumer-cert-path'] : undefined) ?? ofServer
  const unchecked = isUnchecked(place, environment, isConsumer ? 'consumer' : 'server')
  const {DOCKER_CERT_PATH: usual, VICNFS_CONSUMER_CERT_PATH: said = usual} = environment
  const material = {'consumer-cert-path': folder, 'consumer-no-tlsverify': unchecked}
  return argumentsOf('consumer', material, {...environment, VICNFS_CONSUMER_CERT_PATH: said})
}

/** A docker command against a VCH of this run, with the client certificate, and the doubt about the server's, that we were told. */
function dockerHere(command: string, place: RunPlace, environment: Environment): string {
  const [, quoted = '', rest = ''] = /^docker --tlsverify -H (\S+) (.*)$/s.exec(command) ?? []
  const {host: server, 'consumer-host': consumer, 'cert-path': folder, 'consumer-cert-path': own = folder} = place
  if (quoted === '') return command
  // An IPv6 address is in quotes, for its brackets.
  const host = quoted.replaceAll("'", '')
  const isConsumer = isHost(host, consumer) && !isHost(host, server)
  const certificates = isConsumer ? own : folder
  const {DOCKER_CERT_PATH: said} = environment
  const unchecked = isUnchecked(place, environment, isConsumer ? 'consumer' : 'server')
  const files = [
    ['--tlscacert', 'ca.pem'],
    ['--tlscert', 'cert.pem'],
    ['--tlskey', 'key.pem'],
  ] as const
  const material =
    typeof certificates !== 'string' || certificates === '' || certificates === said
      ? []
      : files.flatMap(([flag, file]) => [flag, `${certificates.replace(/\/+$/, '')}/${file}`])
  return `${shellQuote(['docker', unchecked ? '--tls' : '--tlsverify', ...material, '-H'])} ${quoted} ${rest}`
}

/**
 * A command of vicnfs or docker as it does the same here: with the flags that say where this run works, as far as neither the
 * command nor the environment says it. Everything else is returned as it is.
 */
export function commandHere(command: string, place: RunPlace, environment: Environment): string {
  if (command.startsWith('docker ')) return dockerHere(command, place, environment)
  const name = /^(?:sudo )?vicnfs ([a-z][a-z-]*)(?=\s|$)/.exec(command)?.[1] ?? ''
  const groups = (TAKES[name] ?? []).filter(
    (group) => !Object.keys(GROUPS[group]).some((flag) => isGiven(command, flag)),
  )
  const material = TAKES[name]?.includes('consumer') === true ? consumerMaterial(command, place, environment) : []
  const added = [...material, ...groups.flatMap((group) => argumentsOf(group, place, environment))]
  return added.length === 0 ? command : `${command} ${shellQuote(added)}`
}

/** The same for a text that ends in commands, each behind a colon: `Run: vicnfs …`. */
export function textHere(text: string, place: RunPlace, environment: Environment): string {
  return text
    .split(/(?<=^|: )(?=(?:sudo )?vicnfs )|(?= (?:Then run|Run): vicnfs )/m)
    .map((part) => {
      const [command = '', ...rest] = part.split('\n')
      return [commandHere(command, place, environment), ...rest].join('\n')
    })
    .join('')
}

const VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  ALL.flatMap((group) =>
    Object.entries<string>(GROUPS[group]).flatMap(([flag, variable]) => (variable === '' ? [] : [[variable, flag]])),
  ) as [string, string][],
)

/** The command as typed, with another value for a flag that wins over its variable; as it is where it has no such flag. */
function instead(text: string, typed: readonly string[]): string {
  const [, variable = '', value = ''] = /^export ([A-Z_]+)=('.*'|[^\s']+)$/s.exec(text) ?? []
  const flag = `--${VARIABLES[variable] ?? ''}`
  const forms = flag === '--host' ? [flag, '-H'] : [flag]
  const at = typed.findIndex((word) => forms.some((form) => word === form || word.startsWith(`${form}=`)))
  // A runbook's --target is no vCenter.
  const isPlace = placeFlagsOf(typed[1] ?? '').includes(VARIABLES[variable] ?? '')
  if (!isPlace || at === -1) return text
  const rest = typed.toSpliced(at, forms.includes(typed[at] ?? '') ? 2 : 1)
  return `${shellQuote(redactArgv(rest))} ${flag} ${value}`
}

/** What is known of the run that prints commands. */
export interface Here {
  readonly place: RunPlace
  readonly environment: Environment
  /** The command as it was typed, word for word; empty where there is none. */
  readonly typed: readonly string[]
}

function heldHere(text: string, {place, environment, typed}: Here): string {
  if (typed.length > 0 && text === SAME_COMMAND) return shellQuote(redactArgv(typed))
  return instead(textHere(text, place, environment), typed)
}

/** Where results hold commands to run, and texts with commands in them. */
const HOLDERS = new Set(['tries', 'fix', 'next', 'recovery', 'advice'])

/** A result, or the context of an error, with each of its commands as it does the same here. */
export function withCommandsHere<T>(value: T, here: Here): T {
  const walk = (each: unknown, isHeld: boolean): unknown => {
    if (typeof each === 'string') return isHeld ? heldHere(each, here) : each
    if (Array.isArray(each)) return each.map((item) => walk(item, isHeld))
    if (typeof each !== 'object' || each === null || Object.getPrototypeOf(each) !== Object.prototype) return each
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, walk(item, HOLDERS.has(key))]))
  }
  return walk(value, false) as T
}
