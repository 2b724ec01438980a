import fc from 'fast-check'

const words = (unit: string, more: readonly string[], maxLength: number) =>
  fc.array(
    fc.oneof(
      {weight: 3, arbitrary: fc.stringMatching(new RegExp(`^[${unit}]$`))},
      {weight: 1, arbitrary: fc.constantFrom(...more)},
    ),
    {
      minLength: 1,
      maxLength,
    },
  )
const text = (unit: string, more: readonly string[], maxLength = 8) =>
  words(unit, more, maxLength).map((parts) => parts.join(''))

/** Signs that vic-machine lets through in a label, those beyond ASCII too (facts/vic-machine.md § 2.1). */
const label = text('A-Za-z0-9._-', [' ', ',', '=', '+', '(', ')', '~', '^', '{', '[', ']', 'ü', '漢', '🙂', ' --x='])
const segment = text('A-Za-z0-9._~-', [
  ...[' ', '(', ')', ',', ':', ';', '=', '+', '@', '$', '&', '!', "'", '*', '[', ']', '|', '^', '"', '<', '`', '\\'],
  ...['%20', '%2F', '%25', '%3a', '%C3%BC', '%FF', 'ü', '漢'],
])
const path = fc
  .array(fc.oneof({weight: 6, arbitrary: segment}, {weight: 1, arbitrary: fc.constantFrom('', '.', '..')}), {
    maxLength: 4,
  })
  .map((segments) => `/${segments.join('/')}`)
const host = fc.oneof(
  fc.constantFrom(
    '192.0.2.10',
    'nfs.example.invalid',
    'NFS.Example',
    '[2001:db8::1]',
    '[fe80::1%25eth0]',
    '192.0.2.10:port',
  ),
  text('a-z0-9.-', ['ü', '_', '!', '(', ')', ',', '=', ':2049']),
)
const query = text('A-Za-z0-9=&', ['uid=0&gid=0', '?', '/', '%20', '%zz', '+', ' ', ';', 'ü'], 5)
const fragment = text('A-Za-z0-9', [' ', '%20', '/', '?', 'ü', '(', '%23'], 4)
const optional = (mark: string, part: fc.Arbitrary<string>) =>
  fc.option(part, {nil: '', freq: 1}).map((value) => (value === '' ? '' : mark + value))

const nfsTarget = fc
  .record({
    scheme: fc.constantFrom('nfs', 'nfs', 'NFS', 'Nfs'),
    user: fc.constantFrom('', '', 'user@', 'user:secret@'),
    host,
    path,
    query: optional('?', query),
    fragment: optional('#', fragment),
  })
  .map((parts) => `${parts.scheme}://${parts.user}${parts.host}${parts.path}${parts.query}${parts.fragment}`)

const place = text('A-Za-z0-9_-', [' ', '(', ')', ',', '.', '~', 'ü', '=', '+', '[', ']', '^'])
const datastoreTarget = fc
  .record({
    scheme: fc.constantFrom('', 'ds://', 'DS://'),
    name: place,
    path: fc.array(fc.oneof({weight: 5, arbitrary: place}, {weight: 1, arbitrary: fc.constantFrom('', '.', 'a:b')}), {
      maxLength: 3,
    }),
  })
  .map((parts) => [parts.scheme + parts.name, ...parts.path].join('/'))

/** What somebody may once have given to `--volume-store`; vic-machine refuses some of it. */
export const typedStore = fc
  .tuple(fc.oneof({weight: 2, arbitrary: nfsTarget}, {weight: 1, arbitrary: datastoreTarget}), label)
  .map(([target, name]) => `${target}:${name}`)
