import type {ShareStatus, StatusReport, StoreStatus, VolumeUse} from '../model/status-report.js'
import type {Look} from './look.js'
import {belowLines, statusText} from './status-table.js'
import {ageText, spaceTexts, storeWord, titleOf, UNKNOWN, verdictText} from './status-words.js'

interface Branch {
  readonly text: string
  readonly below: readonly Branch[]
}

function drawn(branches: readonly Branch[], look: Look, indent = ''): string[] {
  const {branch, lastBranch, trunk} = look.marks
  return branches.flatMap(({text, below}, index) => {
    const isLast = index === branches.length - 1
    const inner = isLast ? ' '.repeat(trunk.length) : trunk
    return [`${indent}${isLast ? lastBranch : branch}${text}`, ...drawn(below, look, `${indent}${inner}`)]
  })
}

function volumeBranch({name, containers}: VolumeUse, look: Look): Branch {
  if (containers.length === 0) return {text: `${name} ${look.style('dim', 'unused')}`, below: []}
  return {text: name, below: containers.map((each) => ({text: `${each.name} ${each.state}`, below: []}))}
}

const STORE_WORDS: Readonly<Record<string, string>> = {
  yes: 'online',
  no: 'not registered',
  [UNKNOWN]: 'not known whether registered',
}

function storeBranch(store: StoreStatus, look: Look): Branch {
  const {label, vch, folder, volumes} = store
  const word = storeWord(store)
  const within = folder === '' ? '' : ` in ${folder}`
  const text = `${look.style('bold', label)} of ${vch}${within}: ${STORE_WORDS[word] ?? word}`
  if (volumes === null) return {text: `${text}, its volumes were not asked for`, below: []}
  if (volumes.length === 0) return {text: `${text}, no volumes`, below: []}
  return {text, below: volumes.map((volume) => volumeBranch(volume, look))}
}

function shareLine(share: ShareStatus, look: Look): string {
  const {server, address, path, space} = share
  const facts = [
    `${server.state} at ${address ?? UNKNOWN}:${path ?? ''}`,
    ...(space === null ? [] : [spaceTexts(space)[0]]),
    ...(server.ageMs === null ? [] : [`up ${ageText(server.ageMs)}`]),
  ]
  const title = share.name === null ? '' : `${look.style('bold', titleOf(share))} `
  return `${title}${facts.join(', ')}: ${verdictText(share.verdict, look)}`
}

/** Share, its stores, their volumes, the containers on them. */
export function statusTree(report: StatusReport, look: Look): string {
  if (report.shares.length === 0) return statusText(report, look)
  const shares = report.shares.flatMap((share) => {
    const stores = share.stores.map((store) => storeBranch(store, look))
    const below = stores.length > 0 ? stores : [{text: look.style('dim', 'no store'), below: []}]
    return [shareLine(share, look), ...drawn(below, look)]
  })
  return [...shares, ...belowLines(report, look)].join('\n')
}
