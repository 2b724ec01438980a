import type {JournalRecord} from '../../journal/entry.js'
import {ringThrough, type Dependence, type ServingRing} from '../../model/serving-ring.js'
import {traitsOf} from '../../model/vic-version.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {Adapters, VicMachineAccess} from '../adapters.js'
import {EXCHANGE} from '../exchange/plan.js'
import {lastChanges, storesOf} from '../removal/journal-consumer.js'
import {resolvedKeys} from '../vch-lock.js'
import {storesAt} from './store-place.js'

/** A VCH as the journal knows it. */
interface KnownVch {
  readonly name: string
  readonly keys: readonly string[]
}

interface Places {
  readonly journal: Adapters['journal']
  /** undefined where vic-machine cannot be asked. */
  readonly access: VicMachineAccess | undefined
}

interface Pair {
  readonly consumer: KnownVch
  readonly server: KnownVch
}

/** Where server containers of ours were last, and on which VCH. */
interface Served {
  readonly keys: readonly string[]
  readonly address: string
  readonly path: string
}

const MADE = new Set(['server-create', EXCHANGE])

async function servedIn(records: readonly JournalRecord[], signal: AbortSignal): Promise<Served[]> {
  const last = new Map<string, Served>()
  for (const {intent} of records) {
    const {address, path} = intent.data
    if (!MADE.has(intent.action) || typeof address !== 'string' || typeof path !== 'string') continue
    last.set(JSON.stringify([address, path]), {keys: intent.vch.keys, address, path})
  }
  return Promise.all([...last.values()].map(async (at) => ({...at, keys: await resolvedKeys(at.keys, {signal})})))
}

/** What vic-machine shows of a VCH of its vCenter, else what the journal has of it. */
async function storesNow(places: Places, record: JournalRecord, signal: AbortSignal): Promise<readonly VolumeStore[]> {
  const {access} = places
  const own = `vm:${access?.vcenter ?? ''}/`
  const id = record.intent.vch.keys.find((key) => key.startsWith(own))?.slice(own.length)
  try {
    if (access !== undefined && id !== undefined) return (await access.program.inspectConfig({id}, {signal})).stores
  } catch (error) {
    signal.throwIfAborted()
    if (!isVicnfsError(error)) throw error
  }
  return storesOf(record)
}

const isOne = (a: {readonly keys: readonly string[]}, b: {readonly keys: readonly string[]}): boolean =>
  a.keys.some((key) => b.keys.includes(key))

/** The VCHs among whom a ring is looked for, each by its place in this list. */
function createVchs(known: readonly KnownVch[]) {
  const vchs: (Omit<KnownVch, 'name'> & {readonly name: string | undefined})[] = [...known]
  return {
    nameOf(place: string): string {
      const {name, keys = []} = vchs[Number(place)] ?? {}
      return name ?? keys[0]?.replace(/^endpoint:/, '') ?? '?'
    },
    placeOf({name, keys}: {readonly name?: string | undefined; readonly keys: readonly string[]}): string {
      const at = vchs.findIndex((vch) => isOne(vch, {keys}))
      const found = vchs[at]
      if (found === undefined) return String(vchs.push({name, keys}) - 1)
      // A server container is journalled under an endpoint alone, a registration under all that is known.
      vchs[at] = {name: found.name ?? name, keys: [...new Set([...found.keys, ...keys])]}
      return String(at)
    },
  }
}

const needsStores = ({intent: {data}}: JournalRecord): boolean =>
  typeof data['vicVersion'] !== 'string' || traitsOf(data['vicVersion']).bootLoop

/**
 * The ring over further VCHs that a store of the server VCH on the consumer VCH would close, as far as the journal of
 * this machine knows who serves what and who has it as a store. vic-machine's word counts more where it shows a VCH; no
 * other VCH is asked. That the server VCH needs the consumer VCH itself is found otherwise.
 * @param options.stores those of the server VCH, where they are known
 */
export async function journalRing(
  places: Places,
  {consumer, server}: Pair,
  options: {readonly stores: readonly VolumeStore[] | undefined; readonly signal: AbortSignal},
): Promise<ServingRing | undefined> {
  const {signal} = options
  const records = await places.journal.history()
  const served = await servedIn(records, signal)
  const vchs = createVchs([consumer, server])
  const dependences: Dependence[] = []
  const add = async (from: string, stores: readonly VolumeStore[]): Promise<void> => {
    for (const {address: host, path, keys} of served) {
      const to = vchs.placeOf({keys})
      const on = await storesAt(stores, {host, path}, {relations: ['same', 'below'], signal})
      if (on.length > 0 && !(from === '1' && to === '0')) dependences.push({consumer: from, server: to})
    }
  }
  // Nothing is asked of anybody before the journal itself knows of one.
  const changes = lastChanges(records).filter((record) => needsStores(record) && !isOne(consumer, record.intent.vch))
  const from = ({intent: {vch}}: JournalRecord): string => vchs.placeOf({name: vch.name, keys: vch.keys})
  for (const record of changes) await add(from(record), storesOf(record))
  if (options.stores !== undefined) await add('1', options.stores)
  const wanted = {consumer: '0', server: '1'}
  if (ringThrough(wanted, dependences) === undefined) return undefined
  dependences.length = 0
  for (const record of changes.filter(({intent}) => !isOne(server, intent.vch) || options.stores === undefined))
    await add(from(record), await storesNow(places, record, signal))
  if (options.stores !== undefined) await add('1', options.stores)
  const ring = ringThrough(wanted, dependences)
  if (ring === undefined) return undefined
  return {
    vchs: ring.map((place) => vchs.nameOf(place)),
    known: 'So says the journal of this machine, which has their registrations.',
  }
}
