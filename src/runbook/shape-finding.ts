import type * as v from 'valibot'

import {nearestName} from '../model/nearest-name.js'
import {quoted, type Finding, type Path} from './problem.js'
import {descriptionOf, formsOf, schemaBelow, unwrapped, type SchemaNode} from './schema-walk.js'
import {keyOffset, nodeAt, nodeName, valueOffset, type TreeNode} from './tree.js'

/** What the schema says of one place. */
export interface Issue {
  readonly type: string
  readonly expected: string | null
  readonly path: Path
  readonly isMissing: boolean
}

/** An issue of a union is the one of the form that was meant: a block of keys when there is one. */
export function innermost(issue: v.BaseIssue<unknown>, above: Path = []): Issue[] {
  const path = [...above, ...(issue.path ?? []).map(({key}) => key as string | number)]
  const within = issue.type === 'union' ? (issue.issues ?? []).filter((each) => each.path !== undefined) : []
  if (within.length > 0) return within.flatMap((each) => innermost(each, path))
  const last = issue.path?.at(-1)
  const isMissing = (last as {origin?: string} | undefined)?.origin === 'key' && issue.received === 'undefined'
  return [{type: issue.type, expected: issue.expected, path, isMissing}]
}

/** What is wrong at a place, in words. @param whole the document and its schema */
export function findingOf(
  issue: Issue,
  {root, schema: schemaRoot}: {readonly root: TreeNode; readonly schema: SchemaNode},
): Finding {
  const {path} = issue
  const schema = path.reduce<SchemaNode | undefined>((at, part) => at && schemaBelow(at, part), schemaRoot)
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
