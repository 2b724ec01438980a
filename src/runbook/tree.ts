import type {Path} from './problem.js'

/** A text, number, truth value or nothing. */
export interface ScalarNode {
  readonly kind: 'scalar'
  /** Offset of its first character, a quote included. */
  readonly start: number
  readonly value: string | number | boolean | null
  /** Its text as written, without quotes and with variables by name: what may be shown. */
  readonly written: string
  /** Its text with variables replaced. */
  readonly text: string
  /** Values of the variables in it; not to be shown. */
  readonly secrets: readonly string[]
  /** A variable in it has no value, which has been reported. */
  readonly unknown: boolean
}

export interface MapNode {
  readonly kind: 'map'
  readonly start: number
  readonly entries: ReadonlyMap<string, {readonly keyStart: number; readonly node: TreeNode}>
}

export interface ListNode {
  readonly kind: 'list'
  readonly start: number
  readonly items: readonly TreeNode[]
}

/** A value of a runbook with its position. An alias is its anchor's node at a position of its own. */
export type TreeNode = ScalarNode | MapNode | ListNode

/** The node at a path; undefined when there is none. */
export function nodeAt(root: TreeNode, path: Path): TreeNode | undefined {
  let node: TreeNode | undefined = root
  for (const part of path) {
    if (node?.kind === 'map' && typeof part === 'string') node = node.entries.get(part)?.node
    else if (node?.kind === 'list' && typeof part === 'number') node = node.items[part]
    else return undefined
  }
  return node
}

/** Offset of the key that a path ends with (or of the list item); of the nearest place around it when it is not there. */
export function keyOffset(root: TreeNode, path: Path): number {
  let node: TreeNode = root
  let offset = root.start
  for (const part of path) {
    if (node.kind === 'map' && typeof part === 'string') {
      const entry = node.entries.get(part)
      if (entry === undefined) return offset
      offset = entry.keyStart
      node = entry.node
    } else if (node.kind === 'list' && typeof part === 'number') {
      const item: TreeNode | undefined = node.items[part]
      if (item === undefined) return offset
      offset = item.start
      node = item
    } else return offset
  }
  return offset
}

/** Offset of the value at a path; of the nearest key around it when it is not there. */
export function valueOffset(root: TreeNode, path: Path): number {
  return nodeAt(root, path)?.start ?? keyOffset(root, path)
}

/** What a node is, for people. */
export function nodeName(node: TreeNode | undefined): string {
  if (node === undefined) return 'nothing'
  if (node.kind === 'map') return 'a block of keys'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'boolean') return 'true or false'
  if (typeof node.value === 'string') return 'text'
  return Number.isInteger(node.value) ? 'a number' : 'a number with a fraction'
}
