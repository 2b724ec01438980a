import type {DriftWord, Finding, Severity, StatusReport} from '../model/status-report.js'
import type {Look} from './look.js'
import {severityMark, titleOf, wrapped} from './status-words.js'

interface Told {
  readonly title: string
  readonly finding: Finding
}

/** From so many shares with the same finding on, one is told and the others are named. */
const MANY = 4

const RANK: Readonly<Record<Severity, number>> = {danger: 0, drift: 1, note: 2}

function lines({finding}: Told, look: Look, others: readonly string[]): string[] {
  const {severity, word, text, tries} = finding
  const also = others.length === 0 ? '' : ` The same of: ${others.join(', ')}.`
  return [
    `${severityMark(severity, look)} ${wrapped(`${text}${also}`, look, '  ')} ${look.style('dim', `(${word})`)}`,
    ...tries.map((command) => `  ${look.style('dim', 'try:')} ${look.style('cyan', command)}`),
  ]
}

function grouped(told: readonly Told[]): Map<string, Told[]> {
  const groups = new Map<string, Told[]>()
  for (const each of told) {
    const key = `${each.finding.severity} ${each.finding.word}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return groups
}

/** A note that belongs to the course of things is told once, whatever the number of shares. */
const ONCE: ReadonlySet<DriftWord> = new Set(['self-hosted'])

function groupLines(group: readonly Told[], look: Look): string[] {
  const [first] = group
  if (first === undefined) return []
  const {severity, word} = first.finding
  const isMany = group.length >= MANY || (group.length > 1 && ONCE.has(word))
  // A danger is told of each share: its way out is its own.
  if (severity === 'danger' || !isMany) return group.flatMap((told) => lines(told, look, []))
  return lines(
    first,
    look,
    group.slice(1).map(({title}) => title),
  )
}

/** Every finding with its commands, worst first; those about a VCH come before those about its shares. */
export function findingLines(report: StatusReport, look: Look): string[] {
  const ofVch = report.findings.map((finding): Told => ({title: '', finding}))
  const ofShares = report.shares.flatMap((share) =>
    share.findings.map((finding): Told => ({title: titleOf(share), finding})),
  )
  const all = [...ofVch, ...ofShares].sort((a, b) => RANK[a.finding.severity] - RANK[b.finding.severity])
  return [...grouped(all).values()].flatMap((group) => groupLines(group, look))
}
