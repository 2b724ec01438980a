/**
 * A URL taken apart as vic-machine does it: Go 1.8's net/url, which is laxer than the WHATWG URL of Node
 * (facts/vic-machine.md § 2.1; Go's source of that version).
 */
export interface StoreUrl {
  /** Lower case; empty when there is none. */
  readonly scheme: string
  readonly opaque: string
  readonly host: string
  /** Decoded. */
  readonly path: string
  /** As written. */
  readonly rawPath: string
  /** To the letter, without `?`. */
  readonly query: string
  /** A bare `?` at the end. */
  readonly forceQuery: boolean
  /** Decoded, without `#`. */
  readonly fragment: string
}

const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/
/** What Go calls a control character: neither printable ASCII nor beyond ASCII (so not U+0080 to U+009F). */
const CONTROL = /[^ -~\u0080-\u{10ffff}]/u
const HOST_CHARACTERS = /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]*$/u
const PATH_AS_WRITTEN = /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/

/** @returns undefined where Go's url.Parse reports an error, and for control characters */
export function parseStoreUrl(text: string): StoreUrl | undefined {
  if (CONTROL.test(text)) return undefined
  const [beforeFragment, fragment] = cut(text, '#')
  const scheme = schemeOf(beforeFragment)
  if (scheme === undefined || BAD_ESCAPE.test(fragment)) return undefined
  const afterScheme = scheme === '' ? beforeFragment : beforeFragment.slice(scheme.length + 1)
  const [rest, query] = cut(afterScheme, '?')
  const common = {
    scheme: scheme.toLowerCase(),
    query,
    forceQuery: query === '' && afterScheme.endsWith('?'),
    fragment: percentDecode(fragment),
  }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return {...common, opaque: rest, host: '', path: '', rawPath: ''}
    if (/^[^/]*:/.test(rest)) return undefined
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0
  const authority = hasAuthority ? rest.slice(2, slash < 0 ? undefined : slash) : ''
  const rawPath = slash < 0 ? '' : rest.slice(slash)
  const host = hostOf(authority)
  if (host === undefined || BAD_ESCAPE.test(rawPath)) return undefined
  return {...common, opaque: '', host, path: percentDecode(rawPath), rawPath}
}

/** A URL as Go prints it; user info is not printed, a VCH does not keep it. */
export function formatStoreUrl(url: StoreUrl): string {
  const path = url.rawPath !== '' && PATH_AS_WRITTEN.test(url.rawPath) ? url.rawPath : escapePath(url.path)
  const query = url.query !== '' || url.forceQuery ? `?${url.query}` : ''
  const fragment = url.fragment === '' ? '' : `#${escapeWith(url.fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@]/)}`
  return `${url.scheme}://${escapeHost(url.host)}${path}${query}${fragment}`
}

/** Percent-encodes a path as Go 1.8 does: all but letters, digits and `-_.~$&+,/:;=@`. */
export function escapePath(path: string): string {
  return escapeWith(path, /[A-Za-z0-9\-_.~$&+,/:;=@]/)
}

/** Decodes percent escapes; a byte sequence that is no UTF-8 stays as written. */
function percentDecode(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
}

function escapeHost(host: string): string {
  return escapeWith(host, /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/)
}

function escapeWith(text: string, kept: RegExp): string {
  const bytes = new TextEncoder().encode(text)
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      if (byte < 0x80 && kept.test(character)) return character
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** @returns '' for no scheme, undefined for Go's "missing protocol scheme" */
function schemeOf(text: string): string | undefined {
  if (text.startsWith(':')) return undefined
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? ''
}

function hostOf(authority: string): string | undefined {
  const at = authority.lastIndexOf('@')
  if (BAD_ESCAPE.test(authority)) return undefined
  const host = authority.slice(at + 1)
  if (host.startsWith('[')) {
    const port = /^\[[^\]]*(?:\].*)?\](.*)$/.exec(host)?.[1]
    if (port === undefined || !/^(?::[0-9]*)?$/.test(port)) return undefined
  }
  // Go allows percent escapes in a host for bytes outside ASCII and for the % of an IPv6 zone only.
  if (/%(?!25)[0-7]/.test(host)) return undefined
  const decoded = percentDecode(host)
  return HOST_CHARACTERS.test(decoded.replaceAll('%', '')) ? decoded : undefined
}

function cut(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
