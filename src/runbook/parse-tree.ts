import {EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException, type Event, type ScalarEvent} from 'js-yaml'

import {parseTrouble} from './parse-trouble.js'
import {plainScalar} from './plain-scalar.js'
import {quoted, type Finding, type Path} from './problem.js'
import type {MapNode, ScalarNode, TreeNode} from './tree.js'
import {offsetOf, startOf, variableOffsets} from './event-offset.js'
import {expandVariables} from './variables.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Far more than a runbook needs; what aliases stand for counts as often as they stand there. */
const MOST_NODES = 100_000
const DEEPEST = 40
/** JavaScript objects have these by themselves. */
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** The document could not be turned into a tree. */
class Unparsable extends Error {
  constructor(readonly finding: Finding) {
    super(finding.message)
  }
}

interface Built {
  readonly node: TreeNode
  /** Nodes in it when every alias is written out. */
  readonly count: number
}

/**
 * Parses YAML into a tree with positions and replaces variables in its values.
 * @returns no tree when the text is no YAML, or would be too large with every alias written out
 */
export function parseTree(
  text: string,
  environment: Environment,
): {readonly root?: TreeNode; readonly findings: readonly Finding[]} {
  const builder = new TreeBuilder(text, environment)
  try {
    const events = parseEvents(text, {maxDepth: DEEPEST})
    return {root: builder.build(events), findings: builder.findings}
  } catch (error) {
    if (error instanceof Unparsable) return {findings: [error.finding]}
    if (error instanceof YAMLException) return {findings: [parseTrouble(error, text)]}
    throw error
  }
}

class TreeBuilder {
  readonly findings: Finding[] = []
  private readonly anchors = new Map<string, Built | 'open'>()
  private events: readonly Event[] = []
  private next = 0

  constructor(
    private readonly text: string,
    private readonly environment: Environment,
  ) {}

  build(events: readonly Event[]): TreeNode {
    this.events = events
    const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT)
    if (documents.length > 1) {
      const first = events[events.lastIndexOf(documents[1] as Event) + 1]
      throw new Unparsable(
        finding(offsetOf(first) ?? this.text.length, [], 'here a second document begins', 'Keep one runbook per file.'),
      )
    }
    // A document begins with its own event; an empty text has none.
    if (documents.length === 0) {
      throw new Unparsable(finding(0, [], 'the runbook is empty', 'Begin it with: version: 1'))
    }
    this.next = 1
    return this.value([], 0).node
  }

  private value(path: Path, around: number): Built {
    const event = this.events[this.next++]
    if (event === undefined) throw new Unparsable(finding(around, path, 'the runbook ends here', 'Complete it.'))
    if (event.type === EVENT_ID.ALIAS)
      return this.alias(this.text.slice(event.anchorStart, event.anchorEnd), event, path)
    if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) {
      throw new Unparsable(finding(around, path, 'a value is missing here', 'Write one.'))
    }
    if (event.tagStart >= 0) this.refuseTag(event.tagStart, path)
    const anchor = event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd)
    if (anchor !== undefined) this.anchors.set(anchor, 'open')
    const built = this.content(event, path, around)
    if (anchor !== undefined) this.anchors.set(anchor, built)
    return built
  }

  private content(event: Event, path: Path, around: number): Built {
    if (event.type === EVENT_ID.SCALAR) return {node: this.scalar(event, path, around), count: 1}
    if (event.type === EVENT_ID.MAPPING) return this.map(event.start, path)
    return this.list((event as {start: number}).start, path)
  }

  private alias(name: string, event: {anchorStart: number}, path: Path): Built {
    const start = event.anchorStart - 1
    const anchored = this.anchors.get(name)
    if (anchored === undefined) {
      throw new Unparsable(finding(start, path, `there is no anchor ${quoted(name)} above`, 'Name one that is.'))
    }
    if (anchored === 'open') {
      throw new Unparsable(finding(start, path, `${quoted(name)} would contain itself`, 'Write out what is meant.'))
    }
    return {node: {...anchored.node, start}, count: anchored.count}
  }

  private map(start: number, path: Path): Built {
    const entries = new Map<string, {keyStart: number; node: TreeNode}>()
    let count = 1
    while (!this.ends()) {
      const key = this.key(path, start)
      const within = [...path, key.text]
      const {node, count: more} = this.value(within, key.start)
      count = this.sum(count + more, node.start, within)
      if (this.admitKey(entries, key, path)) entries.set(key.text, {keyStart: key.start, node})
    }
    return {node: {kind: 'map', start, entries}, count}
  }

  private list(start: number, path: Path): Built {
    const items: TreeNode[] = []
    let count = 1
    while (!this.ends()) {
      const within = [...path, items.length]
      const {node, count: more} = this.value(within, start)
      count = this.sum(count + more, node.start, within)
      items.push(node)
    }
    return {node: {kind: 'list', start, items}, count}
  }

  /** Steps over the end of a collection. */
  private ends(): boolean {
    if (this.events[this.next]?.type !== EVENT_ID.POP) return false
    this.next += 1
    return true
  }

  private sum(count: number, offset: number, path: Path): number {
    if (count <= MOST_NODES) return count
    const message = `the runbook has more than ${String(MOST_NODES)} values, those that aliases stand for among them`
    throw new Unparsable(finding(offset, path, message, 'Split it, or write fewer aliases of aliases.'))
  }

  private key(path: Path, around: number): {readonly text: string; readonly start: number} {
    const event = this.events[this.next]
    if (event?.type !== EVENT_ID.SCALAR) {
      throw new Unparsable(
        finding(offsetOf(event) ?? around, path, 'a key must be a plain word', 'Write the key as a word.'),
      )
    }
    this.next += 1
    const start = startOf(event, this.text) ?? around
    const text = event.valueStart < 0 ? '' : getScalarValue(this.text, event)
    if (/\$\{/.test(text)) {
      this.findings.push(
        finding(start, [...path, text], 'variables are replaced in values, not in keys', 'Write the name out.'),
      )
    }
    return {text, start}
  }

  private admitKey(entries: MapNode['entries'], key: {text: string; start: number}, path: Path): boolean {
    const refuse = (message: string, fix: string): false => {
      this.findings.push(finding(key.start, [...path, key.text], message, fix))
      return false
    }
    if (key.text === '<<') {
      return refuse('merge keys are not read', 'Put what the shares have in common under "defaults".')
    }
    if (RESERVED_KEYS.has(key.text)) return refuse('this word cannot be a key', 'Choose another name.')
    if (entries.has(key.text)) return refuse(`${quoted(key.text)} stands here twice`, 'Keep one of the two.')
    return true
  }

  private scalar(event: ScalarEvent, path: Path, around: number): ScalarNode {
    const start = startOf(event, this.text) ?? around
    const written = event.valueStart < 0 ? '' : getScalarValue(this.text, event)
    const isPlain = event.style === SCALAR_STYLE.PLAIN
    const plain = {kind: 'scalar', start, written} as const
    if (!written.includes('${')) {
      return {...plain, text: written, value: isPlain ? plainScalar(written) : written, secrets: [], unknown: false}
    }
    const {text, secrets, troubles} = expandVariables(written, this.environment)
    const offsetOf = variableOffsets(event, {written, text: this.text})
    for (const {index, ...trouble} of troubles) {
      this.findings.push({offset: offsetOf(index) ?? start, path, ...trouble})
    }
    return {...plain, text, value: text, secrets, unknown: troubles.length > 0}
  }

  private refuseTag(offset: number, path: Path): void {
    this.findings.push(finding(offset, path, 'YAML tags are not used in a runbook', 'Quote a value to make it text.'))
  }
}

function finding(offset: number, path: Path, message: string, fix: string): Finding {
  return {offset, path, message, fix}
}
