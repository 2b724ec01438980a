import type {VCenter, DockerEndpoint} from '../vcenter/vcenter-api.js'
import type {Deadline, LimitOptions} from './deadline.js'
import type {CommandName} from './flags.js'
import type {Narrator, Sink} from './narrator.js'
import type {ParsedFlags} from './parse-flags.js'
import type {Release} from './releases.js'

/** What `GET /info` gave: the wanted lines of SystemStatus, or how it failed. */
export type InfoReply =
  | {readonly kind: 'ok'; readonly onlineStores?: readonly string[]; readonly running: boolean}
  /** Refused, reset, HTTP error: asked again until the time limit. */
  | {readonly kind: 'retry'}
  /** Anything else: the configure fails with this text. */
  | {readonly kind: 'broken'; readonly message: string}
  /** A TLS error that is taken for readiness, with its warning (facts/vic-machine.md § 3.1.5). */
  | {readonly kind: 'assumed'; readonly warning: string}

/** The world around one run; tests put their own in. */
export interface Surroundings {
  readonly sink: Sink
  readonly environment: Readonly<Record<string, string | undefined>>
  connect(options: {readonly signal: AbortSignal}): Promise<VCenter & {close(): void}>
  /** What a TLS client meets at an address that is not vCenter's, in Go's words; undefined when nothing listens. */
  dial(host: string, port: string, options: {readonly signal: AbortSignal}): Promise<string | undefined>
  probe(endpoint: DockerEndpoint, options: {readonly signal: AbortSignal}): Promise<InfoReply>
  /** Reads a line from the terminal without echo; absent where stdin is no terminal. */
  readonly readPassword?: () => Promise<string>
  /** A file of the operator; undefined when it cannot be read. */
  readonly readText?: (file: string) => string | undefined
  readonly homeDirectory?: string
  /** Begins a time limit. */
  limit(timeoutMs: number, options?: LimitOptions): Deadline
  /** Writes a file into the working folder. */
  readonly writeFile: (name: string, text: string) => void
  /** 0 ≤ n < 1; decides the order of what comes from a Go map. */
  readonly random: () => number
  readonly pollMs: number
}

export interface Invocation {
  readonly program: string
  readonly words: readonly string[]
  readonly release: Release
}

/** One command at work. */
export interface Run {
  readonly program: string
  readonly command: CommandName
  readonly release: Release
  readonly flags: ParsedFlags
  readonly world: Surroundings
  readonly narrator: Narrator
  readonly deadline: Deadline
}

/** Ends a command; the text becomes its closing line. */
export class CommandFailure extends Error {}

export function flagValue(flags: ParsedFlags, name: string): string | undefined {
  return flags.values.get(name)?.at(-1)
}

export function isSet(flags: ParsedFlags, name: string): boolean {
  return /^(?:1|t|true)$/i.test(flagValue(flags, name) ?? '')
}

/** Runs something in the random order of a Go map. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({item, place: random()}))
    .sort((left, right) => left.place - right.place)
    .map(({item}) => item)
}
