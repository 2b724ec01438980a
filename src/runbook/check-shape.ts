import * as v from 'valibot'

import {plainOf} from './plain-values.js'
import type {Finding, Path} from './problem.js'
import {runbookSchema, type LooseRunbook, type ShapedRunbook} from './schema.js'
import type {SchemaNode} from './schema-walk.js'
import {findingOf, innermost} from './shape-finding.js'
import {nodeAt, type TreeNode} from './tree.js'

const ROOT = runbookSchema as unknown as SchemaNode

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
    findings.push(findingOf(issue, {root, schema: ROOT}))
    bad.push(issue.path)
  }
  const loose = without(plain, bad) as LooseRunbook
  return {loose, findings, ...(result.success ? {shaped: result.output} : {})}
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
