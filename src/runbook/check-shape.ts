import * as v from 'valibot'

import {nearestName} from '../model/nearest-name.js'
import {quoted, type Finding, type Path} from './problem.js'
import {runbookSchema, type LooseRunbook, type ShapedRunbook} from './schema.js'
import {blockForm, descriptionOf, formsOf, schemaBelow, unwrapped, type SchemaNode} from './schema-walk.js'
import {keyOffset, nodeAt, nodeName, valueOffset, type ScalarNode, type TreeNode} from './tree.js'
import {unknownKey} from './unknown-key.js'

const ROOT = runbookSchema as unknown as SchemaNode
const SHARE_KEYS = new Set(Object.keys(runbookSchema.entries.shares.pipe[0].value.entries))

export interface Shape {
  /** Everything that has the right shape; the rest is left out. */
  readonly loose: LooseRunbook
  /** The whole, when there were no findings. */
  readonly shaped?: ShapedRunbook
  readonly findings: readonly Finding[]
}

/** Checks which keys there are and what kind of value each has. */
export function checkShape(root: TreeNode, options: {readonly file: string}): Shape {
  const findings: Finding[] = []
  const unset: Path[] = []
  const plain = plainOf(root, {schema: ROOT, path: [], findings, unset, file: options.file})
  const result = v.safeParse(runbookSchema, plain)
  const bad: Path[] = [...unset]
  for (const issue of result.success ? [] : result.issues.flatMap((each) => innermost(each))) {
    const node = nodeAt(root, issue.path)
    if (node?.kind === 'scalar' && node.unknown) continue
    findings.push(findingOf(issue, root))
    bad.push(issue.path)
  }
  const loose = without(plain, bad) as LooseRunbook
  return {loose, findings, ...(result.success ? {shaped: result.output} : {})}
}

/** A list where none belongs: nothing that any schema takes. */
const LIST = Symbol('a list')

interface PlainContext {
  readonly schema: SchemaNode | undefined
  readonly path: Path
  readonly findings: Finding[]
  /** Values with a variable that is not set: reported, and nothing more can be said about them. */
  readonly unset: Path[]
  readonly file: string
}

/** The tree as plain values, without keys that the format does not know, which are reported. */
function plainOf(node: TreeNode, context: PlainContext): unknown {
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

interface Issue {
  readonly type: string
  readonly expected: string | null
  readonly path: Path
  readonly isMissing: boolean
}

/** An issue of a union is the one of the form that was meant: a block of keys when there is one. */
function innermost(issue: v.BaseIssue<unknown>, above: Path = []): Issue[] {
  const path = [...above, ...(issue.path ?? []).map(({key}) => key as string | number)]
  const within = issue.type === 'union' ? (issue.issues ?? []).filter((each) => each.path !== undefined) : []
  if (within.length > 0) return within.flatMap((each) => innermost(each, path))
  const last = issue.path?.at(-1)
  const isMissing = (last as {origin?: string} | undefined)?.origin === 'key' && issue.received === 'undefined'
  return [{type: issue.type, expected: issue.expected, path, isMissing}]
}

function findingOf(issue: Issue, root: TreeNode): Finding {
  const {path} = issue
  const schema = path.reduce<SchemaNode | undefined>((at, part) => at && schemaBelow(at, part), ROOT)
  const description = schema === undefined ? '' : descriptionOf(schema)
  if (issue.isMissing) {
    const key = String(path.at(-1))
    const message = `${quoted(key)} is missing`
    return {
      offset: keyOffset(root, path.slice(0, -1)),
      path,
      message,
      fix: `Add ${key}: ${withinSentence(description)}.`,
    }
  }
  const node = nodeAt(root, path)
  const offset = valueOffset(root, path)
  const meaning =
    path.length === 0
      ? 'Begin it with: version: 1'
      : description === ''
        ? 'See: vicnfs runbook schema'
        : `${description}.`
  if (issue.type === 'min_length') return {offset, path, message: 'nothing stands here', fix: meaning}
  if (node?.kind === 'scalar' && node.value === null) {
    const isOptional = schema?.type === 'optional'
    const fix = [isOptional ? 'Give it one, or leave the key out.' : 'Give it one.', meaning].join(' ').trim()
    return {offset, path, message: 'this has no value', fix}
  }
  return {offset, path, ...mismatch(node, schema, meaning)}
}

function mismatch(
  node: TreeNode | undefined,
  schema: SchemaNode | undefined,
  meaning: string,
): {readonly message: string; readonly fix: string} {
  const forms = schema === undefined ? [] : formsOf(schema)
  const choice = forms.find(({type}) => type === 'picklist')
  if (choice !== undefined) return mismatchedChoice(node, choice)
  if (forms.some(({type}) => type === 'literal')) {
    return {message: 'this release of vicnfs reads version 1 only', fix: 'Write version: 1'}
  }
  const names = [...new Set(forms.map(formName))]
  const message = `this must be ${names.includes('text') ? 'text' : names.join(' or ')}, not ${nodeName(node)}`
  const isNumber = node?.kind === 'scalar' && typeof node.value !== 'string'
  if (isNumber && forms.some(({type}) => type === 'string')) {
    return {message, fix: `Put it in quotes: "${node.written}"`}
  }
  return {message, fix: meaning}
}

/** A description as it goes on after a colon. */
function withinSentence(description: string): string {
  return /^[A-Z][a-z]* (?!endpoint)/.test(description)
    ? `${description.charAt(0).toLowerCase()}${description.slice(1)}`
    : description
}

function mismatchedChoice(
  node: TreeNode | undefined,
  {options = []}: SchemaNode,
): {readonly message: string; readonly fix: string} {
  const words = options as readonly string[]
  const written = node?.kind === 'scalar' ? node.written : undefined
  const nearest = written === undefined ? undefined : nearestName(written, words)
  return {
    message: `${written === undefined ? nodeName(node) : quoted(written)} is none of ${words.join(', ')}`,
    fix: nearest === undefined ? `Write one of ${words.join(', ')}.` : `Did you mean "${nearest}"?`,
  }
}

function formName(schema: SchemaNode): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    record: 'a block of keys',
    strict_object: 'a block of keys',
  }
  return names[unwrapped(schema).type] ?? 'something else'
}

/** A copy without what stands at the given paths; lists keep their indices. */
function without(plain: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0)) return {}
  for (const path of paths) {
    let parent: unknown = plain
    for (const part of path.slice(0, -1)) parent = (parent as Record<string | number, unknown> | undefined)?.[part]
    const last = path.at(-1)
    if (Array.isArray(parent)) parent[Number(last)] = undefined
    else if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, String(last))
  }
  return plain
}
