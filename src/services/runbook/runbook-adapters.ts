import {stateDirectory} from '../../journal/state-directory.js'
import type {OnEvent} from '../../model/event.js'
import type {Runbook, RunbookVch} from '../../runbook/runbook.js'
import type {Adapters, Confirm, NfsAccess, TimeLimits} from '../adapters.js'
import {connectAdapters} from '../connect.js'
import {commandsOfVchs, type CommandsOfVchs} from './vch-place.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Everything that the services of a runbook work on: each of its VCHs, connected once. */
export interface RunbookAdapters {
  /** Keys of the VCHs, in the runbook's order. */
  readonly keys: readonly string[]
  /** A VCH by itself: server and consumer alike. */
  one(key: string): Adapters
  /** A consumer VCH beside the server VCH of a share. */
  pair(server: string, consumer: string): Adapters
  /** Shares as a VCH sees them where this machine does not; absent while only this machine looks. */
  nfsFrom?(key: string): NfsAccess
  /** Folder of journal and locks. */
  readonly stateDirectory: string
  /** What the operator's own commands inherit. */
  readonly environment: Environment
  /** Passwords that are known by now, whether set or typed; never shown (S8). */
  secrets(): readonly string[]
  readonly confirm: Confirm
  /** Commands to try, as they do the same outside of the runbook. */
  readonly commands: CommandsOfVchs
}

export interface RunbookTools {
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly onEvent?: OnEvent
  readonly confirm: Confirm
  readonly askSecret: (prompt: string) => Promise<string | undefined>
}

/** What a runbook does not say is not taken from the shell: it must mean the same VCHs for everybody. */
const NOT_INHERITED = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CERT_PATH', 'DOCKER_TLS', 'DOCKER_TLS_VERIFY']

function withoutDocker(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !NOT_INHERITED.includes(name)))
}

async function connectOne(
  {docker, vicMachine}: RunbookVch,
  options: {readonly limits: TimeLimits; readonly tools: RunbookTools},
): Promise<Adapters> {
  const {limits, tools} = options
  const {host, certPath, tlsVerify} = docker
  const server = {
    host,
    ...(certPath === undefined ? {} : {certPath}),
    ...(tlsVerify === undefined ? {} : {tlsVerify}),
  }
  return connectAdapters(
    {server, consumer: {}, vicMachine: vicMachine ?? {}, limits},
    {...tools, environment: withoutDocker(tools.environment)},
  )
}

/** One question at a time, and each password once for each VCH. */
function askingInTurn(tools: RunbookTools, key: string, state: {turn: Promise<unknown>; typed: string[]}) {
  return (prompt: string): Promise<string | undefined> => {
    const asked = state.turn.then(() => tools.askSecret(`${prompt} (${key})`))
    // eslint-disable-next-line vicnfs/heeds-stop -- only the turn; the answer goes to whoever asked
    state.turn = asked.catch(() => undefined)
    return asked.then((secret) => {
      if (secret !== undefined && secret !== '') state.typed.push(secret)
      return secret
    })
  }
}

/**
 * Connects the VCHs of a runbook; nothing is contacted yet.
 * @param options.keys those that are needed; a VCH that is not is left alone, and so are its settings
 * @throws VN-VCH-NO-ENDPOINT, VN-VCH-CERT-…, VN-SETTING-BAD
 */
export async function connectRunbook(
  runbook: Runbook,
  options: {readonly limits: TimeLimits; readonly keys?: readonly string[]},
  tools: RunbookTools,
): Promise<RunbookAdapters> {
  const {limits, keys: wanted} = options
  const {environment} = tools
  const state = {turn: Promise.resolve() as Promise<unknown>, typed: [] as string[]}
  const connected = new Map<string, Adapters>()
  for (const vch of runbook.vchs.filter(({key}) => wanted?.includes(key) ?? true)) {
    const own = {...tools, askSecret: askingInTurn(tools, vch.key, state)}
    connected.set(vch.key, await connectOne(vch, {limits, tools: own}))
  }
  const one = (key: string): Adapters => {
    const found = connected.get(key)
    if (found === undefined) throw new TypeError(`the VCH "${key}" is not connected`)
    return found
  }
  const variables = ['VIC_MACHINE_PASSWORD', ...passwordVariables(runbook)]
  const set = variables.map((name) => environment[name]).filter((value) => value !== undefined && value !== '')
  return {
    keys: [...connected.keys()],
    one,
    pair: (server, consumer) =>
      server === consumer ? one(consumer) : {...one(consumer), server: one(server).server, selfHosted: false},
    stateDirectory: stateDirectory(environment),
    environment,
    secrets: () => [...(set as string[]), ...state.typed],
    confirm: tools.confirm,
    commands: commandsOfVchs(runbook, environment),
  }
}

/** Names of the variables that hold vSphere passwords. */
export function passwordVariables({vchs}: Pick<Runbook, 'vchs'>): string[] {
  return [...new Set(vchs.flatMap(({vicMachine}) => (vicMachine === undefined ? [] : [vicMachine.passwordVariable])))]
}
