import {stripVTControlCharacters} from 'node:util'

import type {ShareStatus, StatusReport} from '../model/status-report.js'
import type {Look} from './look.js'
import {findingLines} from './status-findings.js'
import {
  ageText,
  countText,
  labelsText,
  notAskedLines,
  spaceTexts,
  storesWord,
  titleOf,
  UNKNOWN,
  verdictText,
} from './status-words.js'
import {table} from './table.js'

const HEAD = ['VOLUME', 'SERVER', 'ADDRESS', 'STORE', 'ONLINE', 'USERS', 'USED', 'AGE', 'VERDICT']
const ALIGN = ['left', 'left', 'left', 'left', 'left', 'right', 'right', 'right', 'left'] as const

function cells(share: ShareStatus, look: Look, form: 0 | 1 | 2): string[] {
  return [
    titleOf(share),
    share.server.state,
    share.address ?? UNKNOWN,
    labelsText(share),
    storesWord(share),
    countText(share.consumers),
    spaceTexts(share.space)[form],
    ageText(share.server.ageMs),
    verdictText(share.verdict, look),
  ]
}

function isWithin(lines: readonly string[], width: number): boolean {
  return lines.every((line) => Array.from(stripVTControlCharacters(line)).length <= width)
}

/** Two lines a share, for terminals that are narrower than the names. */
function stacked(shares: readonly ShareStatus[], look: Look): string[] {
  return shares.flatMap((share) => {
    const store = share.stores.length === 0 ? 'no store' : `store ${labelsText(share)}, online: ${storesWord(share)}`
    const age = share.server.ageMs === null ? [] : [`up ${ageText(share.server.ageMs)}`]
    const facts = [store, `users ${countText(share.consumers)}`, `used ${spaceTexts(share.space)[0]}`, ...age]
    return [
      `${titleOf(share)}  ${share.server.state}  ${share.address ?? UNKNOWN}  ${verdictText(share.verdict, look)}`,
      `  ${facts.join(', ')}`,
    ]
  })
}

/** One line a share, as wide as it may be; never cut. */
export function shareLines(shares: readonly ShareStatus[], look: Look): string[] {
  const forms = [0, 1, 2] as const
  for (const form of look.isTerminal ? forms : [0 as const]) {
    const rows = [HEAD.map((text) => look.style('bold', text)), ...shares.map((share) => cells(share, look, form))]
    const lines = table(rows, {align: ALIGN})
    if (!look.isTerminal || isWithin(lines, look.width)) return lines
  }
  return stacked(shares, look)
}

function nobody({vchs}: StatusReport): string {
  const names = [...new Set(vchs.map(({name, endpoint}) => `"${name ?? endpoint}"`))]
  return `no shares: vicnfs serves nothing on ${names.join(' and ')}, and no NFS store is known`
}

/** What stands below the shares: findings with commands, and what was not asked. */
export function belowLines(report: StatusReport, look: Look): string[] {
  const findings = findingLines(report, look)
  const notAsked = notAskedLines(report, look)
  return [...(findings.length > 0 ? ['', ...findings] : []), ...(notAsked.length > 0 ? ['', ...notAsked] : [])]
}

/** The end of `status`. */
export function statusText(report: StatusReport, look: Look): string {
  const shares = report.shares.length === 0 ? [nobody(report)] : shareLines(report.shares, look)
  return [...shares, ...belowLines(report, look)].join('\n')
}
