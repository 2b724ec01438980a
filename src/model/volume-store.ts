import {escapePath} from './store-url.js'
import {parsePrintedStore, parseStoreArgument, printedStore, storeTarget} from './store-argument.js'
import {VicnfsError} from './vicnfs-error.js'

export {parsePrintedStore, parseStoreArgument, printedStore}

/** A volume store of a VCH: label and place (facts/vic-machine.md § 2). */
export interface VolumeStore {
  readonly label: string
  readonly scheme: 'ds' | 'nfs'
  /** ds: the datastore's name, decoded. nfs: the host as written in the URL (may wrongly carry a port). */
  readonly host: string
  /** ds: path below the datastore, decoded, no leading slash. nfs: exported path, decoded, with leading slash. */
  readonly path: string
  /** nfs: the query to the letter, without `?`; empty when there is none. ds: always empty. */
  readonly query: string
  /** What `--volume-store` takes to restate exactly this store. */
  readonly argument: string
}

/** What an NFS volume store of ours is made of. */
export interface NfsStoreParts {
  readonly label: string
  /** Host name, IPv4 or IPv6 address (with or without brackets), without port. */
  readonly host: string
  /** Path of the export, decoded, absolute. */
  readonly path: string
  readonly uid: number
  readonly gid: number
}

const OWN_LABEL = /^[A-Za-z0-9][A-Za-z0-9_-]*$/
/** Of a uid or gid; the one above means "no one". */
export const HIGHEST_ID = 0xffff_fffe
const DEFAULT_ID = '1000'

/** @throws VN-STORE-LABEL */
export function checkStoreLabel(label: string): void {
  if (OWN_LABEL.test(label)) return
  throw new VicnfsError(
    'VN-STORE-LABEL',
    `${JSON.stringify(label)} is not a label for a new volume store: use letters, digits, - and _.`,
  )
}

/**
 * An NFS volume store as vicnfs registers one: a label that is safe everywhere, no port, not the root folder,
 * always with uid and gid (facts/vic-machine.md § 2.1, 2.3, 6.1).
 * @throws VN-STORE-LABEL, VN-STORE-HOST, VN-STORE-PATH, VN-STORE-OWNER
 */
export function nfsStore(parts: NfsStoreParts): VolumeStore {
  const {label, uid, gid} = parts
  checkStoreLabel(label)
  const host = ownHost(parts.host)
  const path = ownPath(parts.path)
  for (const [name, id] of Object.entries({uid, gid})) {
    if (Number.isInteger(id) && id >= 0 && id <= HIGHEST_ID) continue
    throw new VicnfsError(
      'VN-STORE-OWNER',
      `The ${name} ${id} of the volume store ${label} is not a whole number from 0 to ${HIGHEST_ID}.`,
    )
  }
  const query = `uid=${uid}&gid=${gid}`
  return {label, scheme: 'nfs', host, path, query, argument: `nfs://${host}${escapePath(path)}?${query}:${label}`}
}

/**
 * vic-machine's own comparison of an existing store with a restated one (facts/vic-machine.md § 2.2): scheme, host
 * and path, slashes at the ends ignored; neither label nor query.
 */
export function sameLocation(a: VolumeStore, b: VolumeStore): boolean {
  return a.scheme === b.scheme && location(a) === location(b)
}

/** True when `inspect config` prints both alike: label, place, query and fragment. */
export function sameStore(a: VolumeStore, b: VolumeStore): boolean {
  return printedStore(a) === printedStore(b)
}

/** URL of a store without its label: `nfs://…` to the letter, `ds://…` decoded. */
export function storeUrl(store: VolumeStore): string {
  return storeTarget(store)
}

/**
 * The uid and gid with which a VCH uses an NFS store (facts/vic-machine.md § 6.1): uid defaults to 1000, gid to uid.
 * @throws VN-STORE-OWNER when they are not numbers or negative (the VCH then cannot use the store), or for a datastore
 */
export function ownerOf(store: VolumeStore): {readonly uid: number; readonly gid: number} {
  if (store.scheme === 'ds') {
    throw new VicnfsError('VN-STORE-OWNER', `The datastore volume store ${store.label} has no uid and gid.`, {
      reason: 'Only NFS volume stores are used under a uid and a gid.',
    })
  }
  const uid = queryValue(store.query, 'uid') || DEFAULT_ID
  const gid = queryValue(store.query, 'gid') || uid
  return {uid: idNumber(store, 'uid', uid), gid: idNumber(store, 'gid', gid)}
}

function idNumber(store: VolumeStore, name: string, text: string): number {
  const value = /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : -1n
  if (value < 0n || value > 0x7fff_ffff_ffff_ffffn) {
    throw new VicnfsError(
      'VN-STORE-OWNER',
      `The ${name} ${JSON.stringify(text)} of the volume store ${store.label} is not a number that a VCH accepts.`,
    )
  }
  // The port layer cuts the number to 32 bits.
  return Number(BigInt.asUintN(32, value))
}

/** First value of a key, as Go's url.Values.Get reads it; '' when absent. */
function queryValue(query: string, key: string): string {
  for (const pair of query.split(/[&;]/)) {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const decoded = [name, value].map((text) => formDecode(text))
    if (decoded[0] === key && decoded[1] !== undefined) return decoded[1]
  }
  return ''
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** host/path cleaned as Go's filepath.Join does it. */
function location(store: VolumeStore): string {
  const segments: string[] = []
  for (const segment of `${store.host}/${store.path}`.split('/')) {
    if (segment === '..' && segments.length > 0 && segments.at(-1) !== '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments.join('/')
}

function ownHost(host: string): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host)) return host
  const address = /^\[?([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]?$/.exec(host)?.[1]
  if (address !== undefined && host.startsWith('[') === host.endsWith(']')) return `[${address}]`
  throw new VicnfsError('VN-STORE-HOST', `${JSON.stringify(host)} is not a host name or an address without a port.`, {
    reason: 'A VCH dials the host of the URL on port 111; a port in the URL makes that impossible.',
  })
}

function ownPath(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  // Names of printable ASCII but "/", and of anything beyond ASCII.
  const isClean = /^(?:\/[ -.0-~\u0080-\u{10ffff}]+)+$/u.test(trimmed) && !/\/\.{1,2}(?:\/|$)/.test(trimmed)
  if (isClean) return trimmed
  throw new VicnfsError(
    'VN-STORE-PATH',
    `${JSON.stringify(path)} is not the absolute path of an export below the root folder.`,
  )
}
