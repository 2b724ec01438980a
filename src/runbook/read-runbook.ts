import {buildRunbook} from './build-runbook.js'
import {checkShape} from './check-shape.js'
import {countLoose, type RunbookContents} from './count-runbook.js'
import {Inspection} from './inspection.js'
import {parseTree} from './parse-tree.js'
import {toProblems, type RunbookProblem} from './problem.js'
import {checkShares, inspectedShares} from './rules/check-shares.js'
import {checkSteps} from './rules/check-steps.js'
import {checkStores} from './rules/check-stores.js'
import {checkTogether} from './rules/check-together.js'
import {checkVchs} from './rules/check-vchs.js'
import {checkVerify} from './rules/check-verify.js'
import type {Runbook} from './runbook.js'

export interface ReadOptions {
  /** How the file is called in problems; `-` for standard input. */
  readonly file: string
  /** Absolute folder that relative paths begin from. */
  readonly folder: string
  /** What variables are replaced by. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface WrongRunbook {
  readonly problems: readonly RunbookProblem[]
  /** What it holds, as far as that can be told; absent for what is no YAML. */
  readonly contents?: RunbookContents
}

/**
 * Reads the text of a runbook: YAML, variables, shape, rules.
 * @returns the runbook, or everything that is wrong with it at once, in the order of the file
 */
export function readRunbook(text: string, options: ReadOptions): {readonly runbook: Runbook} | WrongRunbook {
  const {file, folder, environment} = options
  const {root, findings: parsed} = parseTree(text, environment)
  if (root === undefined) return {problems: toProblems(parsed, file, text)}
  const {loose, shaped, findings: misshapen} = checkShape(root, {file})
  const inspection = new Inspection(root, loose)
  checkRules(inspection)
  const findings = [...parsed, ...misshapen, ...inspection.findings]
  if (shaped !== undefined && findings.length === 0) {
    return {runbook: buildRunbook(shaped, {file, folder, inspection})}
  }
  return {problems: toProblems(findings, file, text), contents: countLoose(loose, file)}
}

function checkRules(inspection: Inspection): void {
  checkVchs(inspection)
  const shares = inspectedShares(inspection)
  checkShares(inspection, shares)
  checkTogether(inspection, shares)
  checkStores(inspection, shares)
  checkVerify(inspection)
  checkSteps(inspection)
}
