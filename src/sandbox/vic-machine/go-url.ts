/** The parts of a URL as Go 1.8's net/url has them; `path` and `host` are decoded. */
export interface GoUrl {
  readonly scheme: string
  readonly user?: {readonly name: string; readonly password?: string}
  readonly host: string
  readonly path: string
  /** The path as Go prints it again: to the letter where that is well-formed. */
  readonly escapedPath: string
  /** Without `?`, to the letter. */
  readonly rawQuery: string
  /** A `?` with nothing behind it. */
  readonly forceQuery: boolean
  /** Without `#`. */
  readonly fragment: string
}

/**
 * Parses as Go 1.8 does, on which vic-machine's releases stand; the WHATWG parser of Node accepts and rewrites too much.
 * @throws Error in Go's words
 */
export function parseGoUrl(text: string): GoUrl {
  const fail = (reason: string) => new Error(`parse ${text}: ${reason}`)
  const [beforeFragment = '', ...fragments] = text.split('#')
  const scheme = schemeOf(beforeFragment, fail)
  const afterScheme = scheme === '' ? beforeFragment : beforeFragment.slice(scheme.length + 1)
  const question = afterScheme.indexOf('?')
  let rest = question < 0 ? afterScheme : afterScheme.slice(0, question)
  const rawQuery = question < 0 ? '' : afterScheme.slice(question + 1)
  const firstSegment = rest.split('/')[0] ?? ''
  if (scheme === '' && !rest.startsWith('/') && firstSegment.includes(':')) {
    throw fail('first path segment in URL cannot contain colon')
  }
  let authority = ''
  if (rest.startsWith('//') && !rest.startsWith('///')) {
    const slash = rest.indexOf('/', 2)
    authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    rest = slash < 0 ? '' : rest.slice(slash)
  } else if (rest.startsWith('///')) {
    rest = rest.slice(2)
  }
  // After a scheme, what does not begin with a slash is opaque to Go: neither host nor path.
  if (scheme !== '' && authority === '' && !rest.startsWith('/')) rest = ''
  const at = authority.lastIndexOf('@')
  const user = at < 0 ? undefined : userOf(authority.slice(0, at), fail)
  return {
    scheme: scheme.toLowerCase(),
    ...(user && {user}),
    host: hostOf(authority.slice(at + 1), fail),
    path: decode(rest, fail),
    escapedPath: isWellFormedPath(rest) ? rest : escapeGoPath(decode(rest, fail)),
    rawQuery,
    forceQuery: question >= 0 && rawQuery === '',
    fragment: decode(fragments.join('#'), fail),
  }
}

type Fail = (reason: string) => Error

function schemeOf(text: string, fail: Fail): string {
  if (text.startsWith(':')) throw fail('missing protocol scheme')
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)
  return match?.[1] ?? ''
}

function userOf(text: string, fail: Fail): {name: string; password?: string} {
  const colon = text.indexOf(':')
  if (colon < 0) return {name: decode(text, fail)}
  return {name: decode(text.slice(0, colon), fail), password: decode(text.slice(colon + 1), fail)}
}

/** As parseHost of Go 1.8: in a host only bytes beyond ASCII, and the % of an IPv6 zone, may be percent-encoded. */
function hostOf(text: string, fail: Fail): string {
  const end = text.lastIndexOf(']')
  if (!text.startsWith('[')) return unescapeHost(text, fail)
  if (end < 0) throw fail("missing ']' in host")
  const port = text.slice(end + 1)
  if (!/^(?::\d*)?$/.test(port)) throw fail(`invalid port ${JSON.stringify(port)} after host`)
  const zone = text.slice(0, end).indexOf('%25')
  if (zone < 0) return unescapeHost(text, fail)
  // Nearly anything goes in a zone.
  return unescapeHost(text.slice(0, zone), fail) + decode(text.slice(zone, end), fail) + text.slice(end)
}

/** ASCII that stands in a host as it is. */
const HOST_SIGNS = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/

function unescapeHost(text: string, fail: Fail): string {
  const bad = /%(?!25)[0-7][0-9A-Fa-f]/.exec(text)?.[0]
  if (bad !== undefined) throw fail(`invalid URL escape ${JSON.stringify(bad)}`)
  for (const sign of text) {
    if (sign === '%' || sign > '\u007F' || HOST_SIGNS.test(sign)) continue
    throw fail(`invalid character ${JSON.stringify(sign)} in host name`)
  }
  return decode(text, fail)
}

function decode(text: string, fail: Fail): string {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0]
  if (bad !== undefined) throw fail(`invalid URL escape ${JSON.stringify(bad)}`)
  const bytes = text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return bytes
}

/** What Go lets stand in a path that was given to it encoded. */
function isWellFormedPath(text: string): boolean {
  return /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(text)
}

function escapeBytes(text: string, kept: RegExp): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const sign = String.fromCharCode(byte)
      return kept.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** Percent-encodes a path as Go 1.8 does: letters, digits and `-_.~$&+,/:;=@` stay. */
export function escapeGoPath(path: string): string {
  return escapeBytes(path, /[A-Za-z0-9\-_.~$&+,/:;=@]/)
}

/** Percent-encodes a fragment as Go 1.8 does: as a path, and `?` stays. */
export function escapeGoFragment(fragment: string): string {
  return escapeBytes(fragment, /[A-Za-z0-9\-_.~$&+,/:;=@?]/)
}

/** Percent-encodes a host as Go 1.8 does. */
export function escapeGoHost(host: string): string {
  return escapeBytes(host, HOST_SIGNS)
}
