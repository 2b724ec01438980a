import {parseStoreArgument, storeUrl} from '../model/volume-store.js'

/** What the journal has of one deed. */
export interface Deed {
  readonly action: string
  /** Address of the share, where another entry knows it. */
  readonly address?: string
  readonly data: Readonly<Record<string, unknown>>
}

type Data = Deed['data']

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text).filter((each) => each !== '') : [])

/** A store as it is written in the journal, with its label in front; whatever is not understood stays as it is. */
function storeText(argument: string): string {
  try {
    const store = parseStoreArgument(argument)
    return `${store.label} (${storeUrl(store)})`
  } catch {
    return argument
  }
}

function placeText(place: unknown): string {
  const {host, path} = (typeof place === 'object' && place !== null ? place : {}) as {host?: unknown; path?: unknown}
  return `${text(host)}:${text(path)}`
}

function register({addedStores, addedLabels}: Data): string {
  const stores = texts(addedStores).map(storeText)
  return `register ${(stores.length > 0 ? stores : texts(addedLabels)).join(', ')}`
}

function rollBack({storesBefore, storesAfter}: Data): string {
  const after = new Set(texts(storesAfter))
  const gone = texts(storesBefore).filter((store) => !after.has(store))
  return `roll back, without ${gone.map(storeText).join(', ') || 'a store'}`
}

function makeVolume({volume, store, capacityMb}: Data): string {
  const size = typeof capacityMb === 'number' ? ` of ${capacityMb} MB` : ''
  return `make the volume "${text(volume)}"${size} on "${text(store)}"`
}

const server = (verb: string) => (data: Data, address?: string) => {
  const at = address === undefined ? '' : ` at ${address}${text(data['path']) === '' ? '' : `:${text(data['path'])}`}`
  return `${verb} the server container of "${text(data['share'])}"${at}`
}

/** An exchange of the container at the address of a share: what came is told, and what it came for. */
function exchangeServer({share, from, to, address, path}: Data): string {
  const roleOf = (side: unknown): string => text(((side ?? {}) as {role?: unknown}).role)
  const name = `"${text(share)}"`
  const at = `${text(address)}:${text(path)}`
  if (roleOf(to) === 'parked') return `park ${name}: put an empty server at ${at}`
  if (roleOf(from) === 'parked') return `un-park ${name}: put the server container back at ${at}`
  return `make the server container of ${name} at ${at} anew`
}

const SENTENCES: Readonly<Record<string, (data: Data, address?: string) => string>> = {
  configure: register,
  rollback: rollBack,
  'reset-progress': () => 'clear the mark of a change in progress',
  'server-create': server('make'),
  'server-start': server('start'),
  'server-stop': server('stop'),
  'server-remove': server('remove'),
  'server-exchange': exchangeServer,
  'volume-create': makeVolume,
  'volume-remove': ({volume}) => `delete the volume "${text(volume)}" and its data`,
  'record-write': ({label, place}) => `write on the share ${placeText(place)} who uses it as "${text(label)}"`,
  'record-remove': ({label, place}) => `take the record of "${text(label)}" off the share ${placeText(place)}`,
  'directory-make': ({name, root}) => `make the directory "${text(name)}" on the share ${placeText(root)}`,
  verify: ({label}) => `prove "${text(label)}" with two containers`,
  'runbook-phase': ({runbook, phase}) => {
    const [name = '', vch = ''] = text(phase).split('/')
    return `begin the steps around ${name}${vch === '' ? '' : ` of "${vch}"`} of ${text(runbook)}`
  },
  'share-check': () => 'look at a share from a container of the VCH',
}

/** What was done, in words; an action of a newer vicnfs by its name and the facts that are plain text. */
export function sentenceOf({action, data, address}: Deed): string {
  const known = Object.hasOwn(SENTENCES, action) ? SENTENCES[action] : undefined
  if (known !== undefined) return known(data, address)
  const facts = Object.entries(data).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  return [action, ...facts.map(([name, value]) => `${name} ${String(value)}`)].join(', ')
}
