import {PORTMAP2, type PortMapping} from '../../nfs/wire/portmap2.js'
import {PORTMAP} from '../../nfs/wire/rpc-message.js'
import {served, type RpcProgram} from './rpc-program.js'

/** What is registered at the port mapper; emptied when the server stops. */
export interface Registrations {
  list(): readonly PortMapping[]
  register(mapping: PortMapping): void
  clear(): void
}

export function createRegistrations(): Registrations {
  let mappings: PortMapping[] = []
  return {
    list: () => mappings,
    register: (mapping) => void mappings.push(mapping),
    clear: () => void (mappings = []),
  }
}

/** Port mapper version 2 (RFC 1833 § 3): a client asking in version 3 or 4 is told so and comes back with 2. */
export function createPortmapProgram(registrations: Registrations): RpcProgram {
  const find = ({program, version, protocol}: PortMapping): PortMapping | undefined => {
    const same = registrations.list().filter((one) => one.program === program && one.protocol === protocol)
    // rpcbind answers with another version of the program when the asked one is missing.
    return same.find((one) => one.version === version) ?? same[0]
  }
  return {
    ...PORTMAP,
    procedures: new Map([
      served(PORTMAP2.null, () => ({})),
      // Only the server itself may register, and it needs no call for that.
      served(PORTMAP2.set, () => false),
      served(PORTMAP2.unset, () => false),
      served(PORTMAP2.getport, (asked) => find(asked)?.port ?? 0),
      served(PORTMAP2.dump, () => registrations.list()),
    ]),
  }
}
