import {formatDuration} from '../duration.js'
import type {Finding} from '../status-report.js'
import type {VchFacts} from './facts.js'

/** A change of a VCH through vic-machine that the journal knows as begun and not as ended. */
export interface OpenChangeFacts {
  readonly action: string
  readonly sinceMs: number
  /** pid of a vic-machine that is still at work on it. */
  readonly pid?: number
  /** The command that goes on from there. */
  readonly again?: string
}

/** An exchange of a share's server container that the journal knows as begun and not as ended. */
export interface OpenExchangeFacts {
  readonly share: string
  readonly sinceMs: number
  /** The command that ends it. */
  readonly again: string
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
  const working = open.some(({pid}) => pid !== undefined)
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

function change({vch}: WholeVchFacts, {action, sinceMs, pid, again}: OpenChangeFacts): Finding {
  const since = formatDuration(sinceMs)
  if (pid !== undefined) {
    const text = `vic-machine (pid ${pid}) is at work on "${vch.name}": a ${action}, begun ${since} ago. Let it end.`
    return {word: 'change-running', severity: 'drift', text, tries: []}
  }
  const text = `A ${action} of "${vch.name}" was begun ${since} ago, and how it ended was never seen; the next run settles it first.`
  return {word: 'change-open', severity: 'drift', text, tries: again === undefined ? [] : [again]}
}

/** A run that is at it and one that was cut off look alike from here. */
function exchange({share, sinceMs, again}: OpenExchangeFacts): Finding {
  const text = `An exchange of the server container of "${share}" was begun ${formatDuration(sinceMs)} ago and has not ended. Where no run is at it any more, the next command on the share ends it first.`
  return {word: 'change-open', severity: 'drift', text, tries: [again]}
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
