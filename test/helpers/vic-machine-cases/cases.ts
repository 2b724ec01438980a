import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const FOLDER = fileURLToPath(new URL('../../fixtures/vic-machine-cases/', import.meta.url))

/** What the VCH of a case does, apart from the release of vic-machine; left out: it comes up, with all its stores. */
export interface VchKnobs {
  /** Release that made the VCH; that of vic-machine when left out. */
  readonly release?: string
  /** What answers at the Docker API's port. */
  readonly docker?: 'refuses' | 'resets' | 'http-500' | 'plain-http' | 'other-name' | 'client-certificate'
  /** Labels that are not online. */
  readonly offline?: readonly string[]
  readonly guest?: 'silent' | 'port-layer-error'
  readonly tls?: boolean
  readonly vcenter?: 'task-in-progress'
}

/** One recorded run, as the project knows it: reviewed by hand. */
export interface VicMachineCase {
  readonly case: string
  /** The words after vic-machine's own name, as a shell takes them. */
  readonly argv: string
  /** 1.5.8 when left out. */
  readonly release?: string
  /** All VIC_MACHINE_ variables, where they are not the usual four. */
  readonly environment?: Readonly<Record<string, string>>
  /** `/dev/null` when left out. */
  readonly stdin?: 'terminal' | 'pipe'
  /** What is a terminal: stdout and stderr, or stderr alone. */
  readonly terminal?: 'both' | 'stderr'
  readonly folder?: 'read-only'
  /** Two clusters with one VCH in the first of them, when left out. */
  readonly world?: 'one-cluster' | 'old' | 'two-vchs' | 'two-datacenters' | 'empty'
  /** Name of a state in states.json; a VCH that was just made when left out. */
  readonly before?: string | VchState
  /** Left out: as before. */
  readonly after?: string
  readonly vch?: VchKnobs
  /** Exit code, or the signal that ended it. */
  readonly exit: number | 'SIGINT' | 'SIGTERM'
  /** The lines that matter, as `level: text` or bare. */
  readonly says: readonly string[]
  /** What vicnfs makes of it: a claim and the code of a refusal, or what was read. */
  readonly means: string
  /** What vicnfs then takes the VCH to be. */
  readonly 'vch-is'?: string
}

/** Everything of a VCH that a configure changes. */
export interface VchState {
  readonly stores: readonly string[]
  readonly snapshots: number
  /** UpdateInProgress; undefined on a VCH that was never configured. */
  readonly flag: boolean | undefined
  readonly power: 'on' | 'off'
  /** Name of the state that its snapshots hold. */
  readonly holds: string
}

interface StateRow extends Partial<VchState> {
  readonly from?: string
  readonly adds?: readonly string[]
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
}

const STATES = readJson('states.json') as Readonly<Record<string, StateRow>>

export const STATE_NAMES: readonly string[] = Object.keys(STATES)

/** The state of that name, with all that it takes over from others. @throws Error when there is none */
export function stateNamed(name: string | VchState): VchState {
  if (typeof name !== 'string') return name
  const row = STATES[name]
  if (row === undefined) throw new Error(`there is no state ${name} in states.json`)
  const {from, adds = [], ...own} = row
  const base: VchState =
    from === undefined ? {stores: [], snapshots: 0, flag: undefined, power: 'on', holds: 'fresh'} : stateNamed(from)
  const all = {...base, ...own}
  return {...all, stores: [...all.stores, ...adds]}
}

/** All cases of the table, chapter by chapter. */
export function readCases(): VicMachineCase[] {
  return readdirSync(FOLDER)
    .filter((file) => file !== 'states.json' && file !== 'not-replayed.json')
    .sort()
    .flatMap((file) => readJson(file) as VicMachineCase[])
}

/** Recordings that the stand-in does not repeat, each with the reason. */
export function readNotReplayed(): Readonly<Record<string, string>> {
  return readJson('not-replayed.json') as Readonly<Record<string, string>>
}

/** Words of a line as a shell takes them: blanks between, single quotes around. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  )
}
