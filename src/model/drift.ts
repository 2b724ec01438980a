import {neededBy, registered, type ShareFacts} from './drift/facts.js'
import * as server from './drift/server-rules.js'
import * as store from './drift/store-rules.js'
import {worstFirst, type Finding} from './status-report.js'

export {vchFindings, type OpenChangeFacts, type OpenExchangeFacts, type WholeVchFacts} from './drift/vch-rules.js'
export {neededBy, registered}
export type {ContainerFacts, MountFacts, ShareFacts, StoreFacts, VchFacts} from './drift/facts.js'

const RULES: readonly ((facts: ShareFacts) => Finding[])[] = [
  server.serverPresence,
  server.volumeGone,
  server.serverMount,
  server.serverAddress,
  server.serverIdentity,
  store.notRegistered,
  store.storeTrouble,
  store.selfHosted,
  server.parked,
]

/** Everything that is not as it should be with one share, worst first. */
export function driftOf(facts: ShareFacts): Finding[] {
  return worstFirst(RULES.flatMap((rule) => rule(facts)))
}
