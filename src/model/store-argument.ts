import {escapePath, formatStoreUrl, parseStoreUrl, type StoreUrl} from './store-url.js'
import {VicnfsError} from './vicnfs-error.js'
import type {VolumeStore} from './volume-store.js'

const LABEL_REFUSED = /[%&*$#@!\\/:?"<>;'|]/
const DATASTORE_REFUSED = /[%&*$#@!\\?"<>;'|]/

/**
 * Takes apart what `--volume-store` takes, and refuses where vic-machine refuses (facts/vic-machine.md § 2.1, 2.3):
 * `datastore/path:label`, `datastore:label`, `ds://datastore/path:label`, `nfs://host/path?query#fragment:label`.
 * User info in an NFS URL is left out, as a VCH leaves it out; a datastore without path has the path ''.
 * @throws VN-STORE-FORMAT, VN-STORE-URL, VN-STORE-SCHEME, VN-STORE-DATASTORE, VN-STORE-HOST, VN-STORE-PATH
 */
export function parseStoreArgument(text: string): VolumeStore {
  const [target, label] = splitLabel(text)
  if (label === '' || target === '' || LABEL_REFUSED.test(label)) {
    throw new VicnfsError(
      'VN-STORE-FORMAT',
      `${shown(text)} is not a volume store: it must be a place, a colon and a label.`,
      {
        tries: [`vicnfs register-store LABEL --url nfs://HOST/PATH`],
      },
    )
  }
  // vic-machine strips ds:// only when Go cannot parse the text, as with a blank in the datastore's name.
  const url = parseStoreUrl(target) ?? parseStoreUrl(target.replaceAll('ds://', ''))
  if (url === undefined)
    throw new VicnfsError('VN-STORE-URL', `${shown(target)} cannot be parsed as the URL of a volume store.`)
  if (url.scheme === 'nfs') return nfsFrom(url, label)
  if (url.scheme === 'ds' || url.scheme === '') return datastoreFrom(url, target, label)
  throw new VicnfsError(
    'VN-STORE-SCHEME',
    `${shown(target)} has the scheme ${url.scheme}, which is neither ds nor nfs.`,
  )
}

/**
 * Takes apart a volume store as `inspect config` prints it (facts/vic-machine.md § 5): NFS is kept to the letter,
 * a datastore's name and path are percent-decoded, since vic-machine refuses what it prints there itself.
 * @throws VN-STORE-UNRESTATABLE when the result, given to `--volume-store`, would not be this very store
 */
export function parsePrintedStore(text: string): VolumeStore {
  const [target, label] = splitLabel(text)
  let store: VolumeStore
  try {
    store = parseStoreArgument(isDatastore(target) ? `${decodeDatastore(target)}:${label}` : text)
  } catch (error) {
    throw unrestatable(text, error instanceof VicnfsError ? error.message : 'Its percent encoding is damaged.')
  }
  const printed = parseStoreUrl(target)
  const expected = isDatastore(target)
    ? escapePath(decodeDatastore(target).slice('ds://'.length))
    : printed && place(printed)
  const found = store.scheme === 'ds' ? escapePath(joined(store)) : place(parseStoreUrl(storeTarget(store)) ?? EMPTY)
  if (expected === undefined || trimSlashes(found) !== trimSlashes(expected)) {
    throw unrestatable(text, 'vic-machine would read its place differently.')
  }
  return store
}

/** How `inspect config` prints a store (facts/vic-machine.md § 5); a datastore store must have its path. */
export function printedStore(store: VolumeStore): string {
  if (store.scheme === 'ds') return `ds://${escapePath(joined(store))}:${store.label}`
  const url = parseStoreUrl(storeTarget(store))
  return `${url === undefined ? storeTarget(store) : formatStoreUrl(url)}:${store.label}`
}

/** `argument` without the label. */
export function storeTarget(store: VolumeStore): string {
  return store.argument.slice(0, -(store.label.length + 1))
}

const EMPTY: StoreUrl = {
  scheme: '',
  opaque: '',
  host: '',
  path: '',
  rawPath: '',
  query: '',
  forceQuery: false,
  fragment: '',
}

function nfsFrom(url: StoreUrl, label: string): VolumeStore {
  if (url.host === '') {
    throw new VicnfsError('VN-STORE-HOST', `The NFS volume store ${label} names no host.`, {
      tries: [`vicnfs register-store ${label} --url nfs://HOST/PATH`],
    })
  }
  if (url.path === '') {
    throw new VicnfsError('VN-STORE-PATH', `The NFS volume store ${label} on ${url.host} names no path.`, {
      tries: [`vicnfs register-store ${label} --url nfs://${url.host}/PATH`],
    })
  }
  const {scheme: _, ...rest} = url
  return {
    label,
    scheme: 'nfs',
    host: url.host,
    path: url.path,
    query: url.query,
    argument: `nfs://${letters(rest)}:${label}`,
  }
}

/** host, path, query and fragment as written, without scheme and user info. */
function letters(url: Omit<StoreUrl, 'scheme'>): string {
  const query = url.query !== '' || url.forceQuery ? `?${url.query}` : ''
  const fragment = url.fragment === '' ? '' : formatStoreUrl({...EMPTY, fragment: url.fragment}).slice('://'.length)
  const host = formatStoreUrl({...EMPTY, host: url.host}).slice('://'.length)
  return `${host}${url.rawPath}${query}${fragment}`
}

function datastoreFrom(url: StoreUrl, target: string, label: string): VolumeStore {
  const refused = DATASTORE_REFUSED.exec(target)
  if (refused !== null) {
    throw new VicnfsError(
      'VN-STORE-DATASTORE',
      `The datastore volume store ${shown(target)} holds ${refused[0]}, which vic-machine refuses.`,
    )
  }
  const [host, path] = place(url).split(/\/(.*)/s, 2) as [string, string?]
  if (host === '') throw new VicnfsError('VN-STORE-HOST', `The volume store ${label} names no datastore.`)
  const trimmed = trimSlashes(path ?? '')
  const argument = `ds://${host}${trimmed === '' ? '' : `/${trimmed}`}:${label}`
  return {label, scheme: 'ds', host, path: trimmed, query: '', argument}
}

/** host and path in one, decoded. */
function place(url: StoreUrl): string {
  return url.host === '' ? url.path : `${url.host}${url.path}`
}

function joined(store: VolumeStore): string {
  return store.path === '' ? store.host : `${store.host}/${store.path}`
}

/** At the last colon, as vic-machine does; ['', ''] when there is none. */
function splitLabel(text: string): [string, string] {
  const colon = text.lastIndexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

function isDatastore(target: string): boolean {
  return /^ds:\/\//i.test(target)
}

function decodeDatastore(target: string): string {
  return `ds://${decodeURIComponent(target.slice('ds://'.length))}`
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}

function unrestatable(text: string, reason: string): VicnfsError {
  return new VicnfsError(
    'VN-STORE-UNRESTATABLE',
    `The existing volume store ${shown(text)} cannot be restated exactly.`,
    {reason},
  )
}

/** User info is never shown (S8). */
function shown(text: string): string {
  return JSON.stringify(text.replace(/:\/\/[^\s/]*@/g, '://'))
}
