// The import boundaries of the architecture (docs/architecture.md), as a lint rule: arrows point downwards only.
import path from 'node:path'

const LEAVES = ['engine', 'runbook', 'journal', 'vch', 'vic-machine', 'nfs', 'report']

/** What each place may import of ours, besides itself; a longer path such as `nfs/wire` allows only that part. */
const MAY_IMPORT = {
  commands: ['cli', 'services'],
  index: ['services', ...LEAVES, 'sandbox', 'model'],
  cli: ['model'],
  services: [...LEAVES, 'sandbox', 'model'],
  sandbox: ['model', 'nfs/wire', 'nfs/client'],
  model: [],
  ...Object.fromEntries(LEAVES.map((leaf) => [leaf, ['model']])),
}

/** Packages that have one door, and whether they are loaded lazily there. */
const PACKAGE_DOORS = [
  {name: /^(dockerode|docker-modem)(\/|$)/, places: ['vch'], lazy: true},
  {name: /^execa(\/|$)/, places: ['vic-machine'], lazy: true},
  {name: /^listr2(\/|$)/, places: ['commands', 'cli'], lazy: true},
  {name: /^(js-yaml|valibot)(\/|$)/, places: ['runbook'], lazy: false},
  {name: /^node-forge(\/|$)/, places: ['sandbox'], lazy: true},
  {name: /^(@oclif\/.*|ansis)$/, places: ['commands', 'cli'], lazy: false},
]

/** Modules of Node that compute only; src/model may use these and nothing else. */
const PURE_MODULES = new Set(['node:net', 'node:path', 'node:util', 'node:url', 'node:crypto', 'node:buffer'])

/** The place of a file: `commands`, `index` (the library), or the folder below src/; undefined elsewhere. */
function placeOf(file) {
  const [top, second] = file.split('/')
  if (top === 'commands') return 'commands'
  if (top !== 'src' || second === undefined) return undefined
  return second === 'index.ts' ? 'index' : second
}

/** @returns why `source` must not be imported in `file` (both relative to the root), or undefined */
function objection(file, source, isLazyOrType) {
  const place = placeOf(file)
  if (place === undefined) return undefined
  if (source.startsWith('.')) return objectionToOurs(place, path.posix.join(path.posix.dirname(file), source))
  if (place === 'model' && !PURE_MODULES.has(source))
    return `src/model imports nothing and does no I/O, so not ${source}`
  const door = PACKAGE_DOORS.find(({name}) => name.test(source))
  if (door === undefined) return undefined
  if (!door.places.includes(place)) return `${source} is imported in ${door.places.join(' and ')} only`
  if (door.lazy && !isLazyOrType)
    return `${source} is slow to load: use \`await import('${source}')\` where it is needed`
  return undefined
}

function objectionToOurs(place, target) {
  const targetPlace = placeOf(target)
  if (targetPlace === place) return undefined
  const below = target.replace(/^src\//, '')
  const allowed = MAY_IMPORT[place]?.some((entry) => below === entry || below.startsWith(`${entry}/`))
  return allowed ? undefined : `${place} must not import ${targetPlace === undefined ? target : below}`
}

export const boundaries = {
  meta: {type: 'problem', schema: [], messages: {crossed: '{{why}}'}},
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/')
    const check = (source, isLazyOrType) => {
      if (typeof source?.value !== 'string') return
      const why = objection(file, source.value, isLazyOrType)
      if (why !== undefined) context.report({node: source, messageId: 'crossed', data: {why}})
    }
    return {
      ImportDeclaration: (node) => check(node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node.source, true),
      TSImportType: (node) => check(node.source ?? node.argument?.literal, true),
    }
  },
}
