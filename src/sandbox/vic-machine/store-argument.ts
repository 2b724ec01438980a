import {escapeGoFragment, escapeGoHost, parseGoUrl, type GoUrl} from './go-url.js'

/** A store as the command line gives it, before the VCH is asked. */
export interface GivenStore {
  readonly label: string
  readonly scheme: 'ds' | 'nfs'
  /** ds: name of the datastore. nfs: host of the URL. */
  readonly host: string
  /** Decoded; ds: without leading slash, empty when none was given. */
  readonly path: string
  readonly query: string
  /** nfs: the URL as Go prints it: path encoded, query to the letter, user information gone. */
  readonly url: string
  /** As typed, for messages: target without label. */
  readonly target: string
}

const FORMAT =
  'volume store input must be in format <datastore url w/ path>:label or nfs://<host>/<url-path>?<mount option as query parameters>:<label>'
const NO_URL =
  'parsed url for option --volume-store could not be parsed as a url, valid inputs are datastore/path:label or nfs://<host>/<url-path>?<mount option as query parameters>:<label>. See -h for usage examples.'

/**
 * Reads one `--volume-store` value (facts/vic-machine.md § 2.1).
 * @throws Error in vic-machine's words
 */
export function parseStoreArgument(value: string): GivenStore {
  const colon = value.lastIndexOf(':')
  const target = value.slice(0, Math.max(colon, 0))
  const label = value.slice(colon + 1)
  if (colon < 0 || target === '' || label === '' || /[%&*$#@!\\/:?"<>;'|]/.test(label)) throw new Error(FORMAT)
  const url = parseTarget(target)
  if (url.scheme === 'nfs') {
    const {host, path, rawQuery: query} = url
    return {label, scheme: 'nfs', host, path, query, url: nfsUrl(url), target}
  }
  if (url.scheme !== '' && url.scheme !== 'ds') {
    throw new Error('Please specify a datastore or nfs target. See -vs usage for examples.')
  }
  // The message names fewer signs than are really let through: what is refused is this list (facts/vic-machine.md § 2.1).
  const bad = /[%&*$#@!\\?"<>;'|]/.exec(target)?.[0]
  if (bad !== undefined) {
    throw new Error(
      `--volume-store contains unsupported characters for datastore target: unsupported character ${JSON.stringify(bad)} in ${JSON.stringify(target)} Allowed characters are alphanumeric, space and symbols - _ ( ) / : ,`,
    )
  }
  const place = url.host === '' ? url.path.replace(/^\/+/, '') : `${url.host}${url.path}`
  const [datastore = '', ...segments] = place.split('/')
  return {label, scheme: 'ds', host: datastore, path: segments.join('/'), query: '', url: '', target}
}

/** `ds://` is taken away only where Go cannot parse the text with it, as with a blank in the datastore's name. */
function parseTarget(target: string): GoUrl {
  try {
    return parseGoUrl(target)
  } catch {
    try {
      return parseGoUrl(target.replaceAll('ds://', ''))
    } catch {
      throw new Error(NO_URL)
    }
  }
}

/** By label, in the order given; of one label twice the last wins without a word (facts/vic-machine.md § 2.1.3). */
export function storesByLabel(stores: readonly GivenStore[]): ReadonlyMap<string, GivenStore> {
  return new Map(stores.map((store) => [store.label, store]))
}

function nfsUrl(url: GoUrl): string {
  const query = url.rawQuery === '' && !url.forceQuery ? '' : `?${url.rawQuery}`
  const fragment = url.fragment === '' ? '' : `#${escapeGoFragment(url.fragment)}`
  return `nfs://${escapeGoHost(url.host)}${url.escapedPath}${query}${fragment}`
}
