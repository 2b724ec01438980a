import {homedir} from 'node:os'
import {openJournal} from '../journal/journal.js'
import {stateDirectory} from '../journal/state-directory.js'
import type {OnEvent} from '../model/event.js'
import {vcenterOf} from '../model/vcenter.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {Endpoint} from '../vch/endpoint/endpoint.js'
import type {VchApi} from '../vch/vch-api.js'
import type {Adapters, Confirm, ConsumerAdapters, NfsAccess, TimeLimits, VicMachineAccess} from './adapters.js'
import {connectNfs} from './connect-nfs.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Where one Docker API is, as typed; absent parts come from the environment and docker's contexts. */
export interface EndpointWish {
  readonly host?: string
  readonly context?: string
  readonly certPath?: string
  /** false: TLS without a look at the server's certificate, for a VCH made with --no-tlsverify. */
  readonly tlsVerify?: boolean
}

/** vic-machine and its target, as typed or set; the password is in the environment or asked for (S8). */
export interface VicMachineWish {
  readonly path?: string
  readonly target?: string
  readonly user?: string
  readonly thumbprint?: string
  readonly vchName?: string
  readonly vchId?: string
  readonly computeResource?: string
  /** Name of the environment variable that holds the password; VIC_MACHINE_PASSWORD when absent. */
  readonly passwordVariable?: string
}

export interface ConnectWish {
  readonly server: EndpointWish
  /** Empty: the server VCH is the consumer, too. */
  readonly consumer: Omit<EndpointWish, 'context'>
  readonly vicMachine: VicMachineWish
  readonly limits: TimeLimits
}

/** Where settings come from, and what stops a connection that is being made. */
export interface ConnectPlace {
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly onEvent?: OnEvent
  /** The command that runs, without its flags, for the journal. */
  readonly command?: string
}

export interface ConnectTools extends ConnectPlace {
  readonly confirm: Confirm
  readonly askSecret: (prompt: string) => Promise<string | undefined>
}

const FLAGS = {
  path: ['--vic-machine', 'VICNFS_VIC_MACHINE'],
  target: ['--target', 'VIC_MACHINE_TARGET'],
  user: ['--user', 'VIC_MACHINE_USER'],
} as const

function required(wish: VicMachineWish, name: keyof typeof FLAGS): string {
  const value = wish[name]
  if (value !== undefined && value !== '') return value
  const [flag, variable] = FLAGS[name]
  throw new VicnfsError('VN-SETTING-MISSING', `vic-machine is needed, but ${flag} is not set.`, {
    reason: `Neither the flag nor ${variable} says it.`,
  })
}

const PASSWORD_VARIABLE = 'VIC_MACHINE_PASSWORD'

async function passwordOf(
  tools: Pick<ConnectTools, 'environment' | 'askSecret'>,
  {user, passwordVariable: variable = PASSWORD_VARIABLE}: {user: string; passwordVariable?: string | undefined},
): Promise<string> {
  const set = tools.environment[variable]
  if (set !== undefined && set !== '') return set
  const typed = await tools.askSecret(`vSphere password for ${user}`)
  if (typed !== undefined && typed !== '') return typed
  throw new VicnfsError('VN-VICMACHINE-PASSWORD-MISSING', `There is no vSphere password for ${user}.`, {
    reason:
      set === '' ? `${variable} is set, but empty.` : `${variable} is not set, and there is no terminal to ask on.`,
    tries: [`read -rs ${variable} && export ${variable}`],
  })
}

/**
 * vic-machine as it is set; the password is asked for where it is not in the environment.
 * @param secrets gets the password, for what must never be written
 * @throws VN-SETTING-MISSING, VN-VICMACHINE-PASSWORD-MISSING
 */
export async function openVicMachine(
  wish: VicMachineWish,
  tools: Pick<ConnectTools, 'environment' | 'askSecret'>,
  secrets: string[],
): Promise<VicMachineAccess> {
  const program = required(wish, 'path')
  const target = required(wish, 'target')
  const user = required(wish, 'user')
  const {vchName, vchId, computeResource, thumbprint} = wish
  if (vchName === undefined && vchId === undefined) {
    // vic-machine would take its default name and might change another VCH (S10).
    throw new VicnfsError('VN-SETTING-MISSING', 'The consumer VCH is not named.', {
      reason: 'Neither --vch nor VICNFS_VCH gives its name, and neither --vch-id nor VICNFS_VCH_ID its id.',
    })
  }
  const {createVicMachine} = await import('../vic-machine/vic-machine.js')
  const {findChange} = await import('../vic-machine/change-run.js')
  const password = await passwordOf(tools, {user, passwordVariable: wish.passwordVariable})
  secrets.push(password)
  const settings = {path: program, target, user, password, ...(thumbprint === undefined ? {} : {thumbprint})}
  const selector =
    vchId === undefined
      ? {...(vchName === undefined ? {} : {name: vchName}), ...(computeResource === undefined ? {} : {computeResource})}
      : {id: vchId}
  return {program: createVicMachine(settings), findChange, vcenter: vcenterOf(target), selector}
}

/** The RPC side with the portmap port of the environment (VICNFS_PORTMAP_PORT, else 111). */
export function nfsAccess(environment: Environment): NfsAccess {
  const text = environment['VICNFS_PORTMAP_PORT'] ?? ''
  const portmapPort = text === '' ? 111 : Number(text)
  if (!Number.isInteger(portmapPort) || portmapPort < 1 || portmapPort > 65_535) {
    throw new VicnfsError('VN-SETTING-BAD', `VICNFS_PORTMAP_PORT is "${text}", which is no TCP port.`)
  }
  return connectNfs(portmapPort)
}

/** Where the two Docker APIs are, each looked up when asked for; nothing is contacted. */
export async function resolveVchs(wish: Pick<ConnectWish, 'server' | 'consumer'>, tools: ConnectPlace) {
  const {environment, signal} = tools
  const {resolveEndpoint} = await import('../vch/endpoint/resolve-endpoint.js')
  const onWarning = (text: string): void => tools.onEvent?.({type: 'note', level: 'warning', text})
  const resolve = (one: EndpointWish, from: Environment): Promise<Endpoint> =>
    resolveEndpoint(one, from, {homeDirectory: homedir(), signal, onWarning})
  const {host} = wish.consumer
  const server = () => resolve(wish.server, environment)
  if (host === undefined) return {split: false, server, consumer: server}
  return {
    split: true,
    server,
    consumer: () => resolve(...consumerWish({...wish.consumer, host}, wish.server, environment)),
  }
}

/** The two Docker APIs; nothing is contacted yet. */
async function connectVchs(wish: Pick<ConnectWish, 'server' | 'consumer'>, tools: ConnectPlace) {
  const {connectVch} = await import('../vch/connect.js')
  const {split, server, consumer} = await resolveVchs(wish, tools)
  const connect = async (endpoint: () => Promise<Endpoint>): Promise<VchApi> => connectVch(await endpoint())
  return {split, server: () => connect(server), consumer: () => connect(consumer)}
}

/**
 * A consumer VCH beside a server VCH. Two VCHs of one operator mostly share the client certificate (DESIGN § 5), so the
 * server's is used where none is named; that the server's certificate is not checked, or that it speaks plain HTTP,
 * says nothing about the consumer's.
 */
function consumerWish(
  wish: EndpointWish & {readonly host: string},
  server: EndpointWish,
  environment: Environment,
): readonly [EndpointWish, Environment] {
  const {DOCKER_TLS: _ofServer, ...rest} = environment
  const certPath = wish.certPath ?? server.certPath
  if (wish.certPath === undefined && /^http:/i.test(wish.host)) {
    const {DOCKER_TLS_VERIFY: _checked, DOCKER_CERT_PATH: _folder, ...plain} = rest
    return [wish, plain]
  }
  return [{...wish, ...(certPath === undefined ? {} : {certPath})}, rest]
}

/**
 * Connects the consumer VCH alone, for what needs neither the server VCH nor vic-machine. Nothing is contacted yet.
 * @throws VN-VCH-NO-ENDPOINT, VN-VCH-CERT-…, VN-SETTING-BAD
 */
export async function connectConsumer(
  wish: Pick<ConnectWish, 'server' | 'consumer'> & {
    readonly limits: Pick<TimeLimits, 'readyTimeoutMs' | 'stepTimeoutMs'>
  },
  tools: ConnectPlace,
): Promise<ConsumerAdapters> {
  const {environment} = tools
  const directory = stateDirectory(environment)
  const {consumer} = await connectVchs(wish, tools)
  return {
    consumer: await consumer(),
    nfs: nfsAccess(environment),
    journal: openJournal(directory, {command: tools.command}),
    stateDirectory: directory,
    limits: wish.limits,
  }
}

/**
 * Connects everything that a service works on. Nothing is contacted yet.
 * @throws VN-VCH-NO-ENDPOINT, VN-VCH-CERT-…, VN-SETTING-BAD
 */
export async function connectAdapters(wish: ConnectWish, tools: ConnectTools): Promise<Adapters> {
  const {environment, signal, confirm} = tools
  const {sameEndpoint} = await import('../vch/endpoint/same-endpoint.js')
  const {split, ...connect} = await connectVchs(wish, tools)
  const server = await connect.server()
  const consumer = split ? await connect.consumer() : server
  const secrets: string[] = []
  let access: Promise<VicMachineAccess> | undefined
  const directory = stateDirectory(environment)
  const hasVicMachine = wish.vicMachine.path !== undefined && wish.vicMachine.target !== undefined
  return {
    server,
    consumer,
    selfHosted: !split || (await sameEndpoint(server.endpoint, consumer.endpoint, {signal})),
    sameEndpoint: (a, b, options) => sameEndpoint(a, b, {signal: options.signal ?? signal}),
    vicMachine: () => (access ??= openVicMachine(wish.vicMachine, tools, secrets)),
    hasVicMachine,
    canAskVicMachine:
      hasVicMachine && (environment[wish.vicMachine.passwordVariable ?? PASSWORD_VARIABLE] ?? '') !== '',
    nfs: nfsAccess(environment),
    journal: openJournal(directory, {secrets, command: tools.command}),
    stateDirectory: directory,
    limits: wish.limits,
    confirm,
  }
}
