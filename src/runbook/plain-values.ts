import type {Finding, Path} from './problem.js'
import {runbookSchema} from './schema.js'
import {blockForm, formsOf, schemaBelow, type SchemaNode} from './schema-walk.js'
import type {ScalarNode, TreeNode} from './tree.js'
import {unknownKey} from './unknown-key.js'

const SHARE_KEYS = new Set(Object.keys(runbookSchema.entries.shares.pipe[0].value.entries))

/** A list where none belongs: nothing that any schema takes. */
const LIST = Symbol('a list')

export interface PlainContext {
  readonly schema: SchemaNode | undefined
  readonly path: Path
  readonly findings: Finding[]
  /** Values with a variable that is not set: reported, and nothing more can be said about them. */
  readonly unset: Path[]
  readonly file: string
}

/** The tree as plain values, without keys that the format does not know, which are reported. */
export function plainOf(node: TreeNode, context: PlainContext): unknown {
  const {schema, path} = context
  if (node.kind === 'scalar') {
    if (node.unknown) context.unset.push(path)
    return scalarValue(node, schema)
  }
  // To JavaScript a list is an object, too.
  if (node.kind === 'list' && schema !== undefined && !formsOf(schema).some(({type}) => type === 'array')) return LIST
  const below = (part: string | number, child: TreeNode): unknown =>
    plainOf(child, {...context, path: [...path, part], schema: schema && schemaBelow(schema, part)})
  if (node.kind === 'list') return node.items.map((item, index) => below(index, item))
  const block = schema && blockForm(schema)
  const plain: Record<string, unknown> = {}
  for (const [key, entry] of node.entries) {
    if (block?.entries !== undefined && !Object.hasOwn(block.entries, key)) {
      const known = Object.keys(block.entries)
      const within = [...path, key]
      context.findings.push({
        offset: entry.keyStart,
        path: within,
        ...unknownKey(key, known, {file: context.file, isOfOneShare: path[0] === 'defaults' && SHARE_KEYS.has(key)}),
      })
    } else plain[key] = below(key, entry.node)
  }
  return plain
}

/** A text that came from a variable is read as what the format wants at its place. */
function scalarValue(node: ScalarNode, schema: SchemaNode | undefined): unknown {
  if (schema === undefined || typeof node.value !== 'string' || node.secrets.length === 0) return node.value
  const forms = formsOf(schema).map(({type}) => type)
  if (forms.includes('string')) return node.value
  if (forms.includes('number') && /^\d{1,15}$/.test(node.text)) return Number(node.text)
  if (forms.includes('boolean') && /^(?:true|false)$/.test(node.text)) return node.text === 'true'
  return node.value
}
