import {
  consumerFlags,
  serverFlags,
  timeFlags,
  toConsumerSettings,
  toServerSettings,
  toTimeLimits,
  toVicMachineSettings,
  vicMachineFlags,
} from './flags.js'

/** The flags of every command that works on VCHs: where they are, how vic-machine is run, how long to wait. */
export const connectFlags = {...serverFlags, ...consumerFlags, ...vicMachineFlags, ...timeFlags}

type ConnectFlagValues = Parameters<typeof toServerSettings>[0] &
  Parameters<typeof toConsumerSettings>[0] &
  Parameters<typeof toVicMachineSettings>[0] &
  Parameters<typeof toTimeLimits>[0]

/** The values of `connectFlags` as the services take them. */
export function toConnectWish(flags: ConnectFlagValues) {
  return {
    server: toServerSettings(flags),
    consumer: toConsumerSettings(flags),
    vicMachine: toVicMachineSettings(flags),
    limits: toTimeLimits(flags),
  }
}

interface ConsentValues {
  readonly 'allow-self-hosted'?: boolean
  readonly 'address-reserved'?: boolean
  readonly 'adopt-store'?: boolean
  readonly 'reset-progress'?: boolean
  readonly 'no-rollback'?: boolean
}

/** The consents that bear on a registration; what was not given is false. */
export function toConsents(flags: ConsentValues) {
  return {
    allowSelfHosted: flags['allow-self-hosted'] ?? false,
    addressReserved: flags['address-reserved'] ?? false,
    adoptStore: flags['adopt-store'] ?? false,
    resetProgress: flags['reset-progress'] ?? false,
    noRollback: flags['no-rollback'] ?? false,
  }
}
