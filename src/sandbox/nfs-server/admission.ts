import {ruleFor, type ExportRule} from './export-options.js'
import {isReservedPort, type Peer} from './rpc-program.js'

/** Whether a client is let in, and under which client entry of EXPORT_OPTS. */
export type Verdict =
  | {readonly rule: ExportRule}
  /** `host`: no entry holds for the address. `port`: the entry is `secure` and the source port is not privileged. */
  | {readonly refused: 'host' | 'port'}

export interface Admission {
  admit(peer: Peer): Verdict
  /** Lets calls from this source address and port in, whatever the entries say: the server's mount of itself. */
  trustOwn(peer: Peer): void
  forgetOwn(): void
}

const OWN_RULE: ExportRule = {
  pattern: 'self',
  readOnly: true,
  sync: true,
  secure: false,
  rootSquash: false,
  allSquash: false,
  anonUid: 65_534,
  anonGid: 65_534,
}

export function createAdmission(rules: readonly ExportRule[]): Admission {
  const own = new Set<string>()
  const keyOf = ({address, port}: Peer): string => `${address} ${port}`
  return {
    admit(peer) {
      if (own.has(keyOf(peer))) return {rule: OWN_RULE}
      const rule = ruleFor(rules, peer.address)
      if (rule === undefined) return {refused: 'host'}
      return rule.secure && !isReservedPort(peer.port) ? {refused: 'port'} : {rule}
    },
    trustOwn: (peer) => void own.add(keyOf(peer)),
    forgetOwn: () => own.clear(),
  }
}
