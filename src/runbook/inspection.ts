import {nearestName} from '../model/nearest-name.js'
import {messageOf} from '../model/vicnfs-error.js'
import {quoted, type Finding, type Path} from './problem.js'
import type {LooseRunbook} from './schema.js'
import {keyOffset, nodeAt, valueOffset, type TreeNode} from './tree.js'

/** More names than these are neither read nor compared one by one. */
const MOST_NAMES = 40

/** A runbook under inspection: what it says, where it says it, and what was found wrong. */
export class Inspection {
  readonly findings: Finding[] = []
  /** Names under `vchs`, also of those with mistakes in them. */
  readonly vchNames: readonly string[]

  constructor(
    private readonly root: TreeNode,
    readonly loose: LooseRunbook,
  ) {
    this.vchNames = this.keysAt(['vchs'])
  }

  /** Whether something stands there, right or wrong. */
  has(path: Path): boolean {
    return nodeAt(this.root, path) !== undefined
  }

  keysAt(path: Path): string[] {
    const node = nodeAt(this.root, path)
    return node?.kind === 'map' ? [...node.entries.keys()] : []
  }

  /** Something is wrong with the value at a path. */
  report(path: Path, message: string, fix: string): void {
    this.findings.push({offset: valueOffset(this.root, path), path, message, fix})
  }

  /** Something is wrong with the key at a path, or something is missing below it. */
  reportKey(path: Path, message: string, fix: string): void {
    this.findings.push({offset: keyOffset(this.root, path), path, message, fix})
  }

  /** A text as it stands in the file, variables by name. */
  shown(path: Path): string {
    const node = nodeAt(this.root, path)
    return node?.kind === 'scalar' ? quoted(node.written) : '""'
  }

  /** A text of a command as it stands, numbers as they were written, variables replaced. */
  textAt(path: Path): string {
    const node = nodeAt(this.root, path)
    return node?.kind === 'scalar' ? node.text : ''
  }

  /** Whether a variable stands there, set or not. */
  isFromVariable(path: Path): boolean {
    const node = nodeAt(this.root, path)
    return node?.kind === 'scalar' && (node.unknown || node.secrets.length > 0)
  }

  /** Values of the variables at a path. */
  secretsAt(path: Path): readonly string[] {
    const node = nodeAt(this.root, path)
    return node?.kind === 'scalar' ? node.secrets : []
  }

  /** Whether a rule of the model lets the value pass. @param rule.what what the value is, such as `a capacity` */
  passes(path: Path, rule: {readonly what: string; readonly fix: string; readonly check: () => void}): boolean {
    try {
      rule.check()
      return true
    } catch (error) {
      const isSecret = this.secretsAt(path).length > 0
      const message = isSecret
        ? `what ${this.shown(path)} stands for cannot be ${rule.what}`
        : messageOf(error).replace(/\.$/, '')
      this.report(path, message, rule.fix)
      return false
    }
  }

  /** The name of a VCH that there is; reports one that there is not. */
  vchName(path: Path, name: string | undefined): string | undefined {
    if (name === undefined || this.vchNames.includes(name)) return name
    const few = this.vchNames.slice(0, MOST_NAMES)
    const nearest = nearestName(name, few)
    const more = this.vchNames.length > few.length ? ', …' : ''
    const known = few.length === 0 ? 'Describe it under vchs.' : `Under vchs there are ${few.join(', ')}${more}.`
    const fix = nearest === undefined ? known : `Did you mean "${nearest}"?`
    this.report(path, `there is no VCH ${this.shown(path)}`, fix)
    return undefined
  }
}
