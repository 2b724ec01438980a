import {formatDuration} from '../duration.js'
import type {Finding} from '../status-report.js'
import type {VchFacts} from './facts.js'

/** A change of a VCH through vic-machine that the journal knows as begun and not as ended. */
export interface OpenChangeFacts {
  readonly action: string
  readonly sinceMs: number
  /** pid of a vic-machine that is still at work on it. */
  readonly pid?: number
  /** The run of vicnfs that makes it and is still at it, in words. */
  readonly run?: string
  /** The command that goes on from there. */
  readonly again?: string
}

/** An exchange of a share's server container that the journal knows as begun and not as ended. */
export interface OpenExchangeFacts {
  readonly share: string
  /** Names of the share before and after it. */
  readonly names: readonly string[]
  /** What is done to the share, as in "is being …". */
  readonly what: string
  readonly sinceMs: number
  /** The run of vicnfs that makes it and is still at it, in words. */
  readonly run?: string
  /** Another run that has the VCH locked now, in words. */
  readonly otherRun?: string
  /** The commands that end it, the one that goes on with it first. */
  readonly again: readonly string[]
}

export interface WholeVchFacts {
  readonly vch: VchFacts
  readonly open: readonly OpenChangeFacts[]
  readonly exchanges?: readonly OpenExchangeFacts[]
  /** VIC release at our last change of it. */
  readonly journalledVersion?: string
}

function down({vch, open}: WholeVchFacts): Finding[] {
  if (vch.api !== 'down' && vch.api !== 'off') return []
  const working = open.some(({pid, run}) => pid !== undefined || run !== undefined)
  const why =
    vch.api === 'off'
      ? 'it is powered off'
      : working
        ? 'a change of it is under way'
        : 'it is off, restarting, or boots in circles because a store is dead'
  const name = vch.name === vch.endpoint ? '' : ` "${vch.name}"`
  const text = `The VCH${name} does not answer at ${vch.endpoint}: ${why}.`
  return [{word: 'vch-down', severity: working ? 'drift' : 'danger', text, tries: []}]
}

function change({vch}: WholeVchFacts, {action, sinceMs, pid, run, again}: OpenChangeFacts): Finding {
  const since = formatDuration(sinceMs)
  if (pid !== undefined) {
    const text = `vic-machine (pid ${pid}) is at work on "${vch.name}": a ${action}, begun ${since} ago. Let it end.`
    return {word: 'change-running', severity: 'drift', text, tries: []}
  }
  if (run !== undefined) {
    const text = `${run} is at work on "${vch.name}": a ${action}, begun ${since} ago. Let it end.`
    return {word: 'change-running', severity: 'drift', text, tries: []}
  }
  const text = `A ${action} of "${vch.name}" was begun ${since} ago, and how it ended was never seen; the next run settles it first.`
  return {word: 'change-open', severity: 'drift', text, tries: again === undefined ? [] : [again]}
}

const UNTIL_THEN = 'Until it has ended nobody may serve at its address: restart no VCH that needs it.'

function exchange({share, what, sinceMs, run, otherRun, again}: OpenExchangeFacts): Finding {
  const since = formatDuration(sinceMs)
  if (run !== undefined) {
    const text = `"${share}" is being ${what}, for ${since}, by ${run}. Let it end. ${UNTIL_THEN}`
    return {word: 'change-running', severity: 'drift', text, tries: []}
  }
  const now = otherRun === undefined ? '' : ` At work on the VCH right now: ${otherRun}.`
  const text = `"${share}" was being ${what} ${since} ago, and the run that did it is gone without an end: the next command on the share ends it first.${now} ${UNTIL_THEN}`
  return {word: 'change-open', severity: 'drift', text, tries: again.slice(0, 2)}
}

function version({vch, journalledVersion}: WholeVchFacts): Finding[] {
  if (journalledVersion === undefined || vch.version === null || vch.version === journalledVersion) return []
  const text = `"${vch.name}" is of VIC ${vch.version}; it was of ${journalledVersion} when vicnfs changed it last. Take the vic-machine of its own release, and look at its stores.`
  return [{word: 'version-changed', severity: 'drift', text, tries: []}]
}

/** What is about a VCH as a whole. */
export function vchFindings(facts: WholeVchFacts): Finding[] {
  const {open, exchanges = []} = facts
  return [...down(facts), ...open.map((each) => change(facts, each)), ...exchanges.map(exchange), ...version(facts)]
}
