import type {ShareChoice, ShareRequest} from '../share.js'
import type {ServerState} from '../status-report.js'

/** One VCH as far as drift is about it. */
export interface VchFacts {
  readonly name: string
  readonly endpoint: string
  /** null: not known from here. */
  readonly version: string | null
  /** `unknown`: it was not asked. */
  readonly api: 'running' | 'down' | 'off' | 'unknown'
  /** One dead store keeps it from booting. */
  readonly bootLoop: boolean
}

/** A volume store on a share; a VCH that was not asked leaves null. */
export interface StoreFacts {
  readonly label: string
  readonly folder: string
  /** Host as its URL, or its record, has it. */
  readonly host: string
  /** What the host stands for, in one spelling; null where it is a name that nobody here can resolve. */
  readonly addresses: readonly string[] | null
  readonly vch: VchFacts
  /** It is a store of the consumer VCH that is being asked; else of another one that only a record names. */
  readonly ofConsumer: boolean
  /** `inspect config` shows it. */
  readonly listed: boolean | null
  /** What the record in its folder says; null where it could not be read. */
  readonly record: 'own' | 'other' | 'missing' | 'unreadable' | null
  /** Name of the VCH that a record of another VCH names. */
  readonly recordedFor?: string
  /** The journal's last change of that VCH left it registered. */
  readonly journalled: boolean
  readonly online: boolean | null
}

/** What a look at the share from here brought. */
export interface MountFacts {
  readonly mountable: boolean | null
  /** Code of the error table of the rung that failed. */
  readonly code?: string
  readonly finding?: string
}

/** What is really there of a server container, beside what its labels say. */
export interface ContainerFacts {
  readonly name: string
  readonly image: string
  readonly exitCode: number
  readonly env: readonly string[]
  readonly mounts: readonly {readonly volume: string; readonly destination: string}[]
  readonly networks: readonly string[]
  /** Empty while none is known. */
  readonly address: string
}

/** Everything that the rules know of one share. */
export interface ShareFacts {
  /** How it is called in sentences: its volume, or its place. */
  readonly title: string
  readonly name: string | null
  readonly state: ServerState
  /** Its container is an empty stand-in, whether it runs (then this is its state) or not. */
  readonly parked?: boolean
  readonly host: string
  readonly url: string | null
  readonly labels?: {readonly request: ShareRequest; readonly choice: ShareChoice}
  readonly container?: ContainerFacts
  /** The volume that the share is kept on is not there any more. */
  readonly volumeGone?: boolean
  /** A container on the volume that carries no labels of ours. */
  readonly foreign?: string
  /** The run of vicnfs that is exchanging its server container, in words. */
  readonly exchangedBy?: string
  readonly mount: MountFacts
  readonly stores: readonly StoreFacts[]
  /** All places were asked that tell whether the share is registered. */
  readonly registrationKnown: boolean
  /** The server container's VCH is the consumer. */
  readonly selfHosted: boolean
  readonly serverEndpoint: string
  /** The command that serves the share again; undefined where nobody knows what it is on. */
  readonly startCommand?: string
}

/** Whether an empty server stands in for the share, running or not. */
export function isParked({state, parked}: Pick<ShareFacts, 'state' | 'parked'>): boolean {
  return state === 'parked' || parked === true
}

/** Whether a VCH is known, or believed, to have the store. */
export function registered(store: StoreFacts): boolean | null {
  if (store.listed !== null) return store.listed
  if (store.record === 'own' || store.record === 'other' || store.journalled || store.online === true) return true
  return null
}

/** The stores that need the server. */
export function neededBy(facts: ShareFacts): StoreFacts[] {
  return facts.stores.filter((store) => registered(store) === true)
}
