// jest does not bear two dynamic imports of one module at a time, as connecting does them: here they are loaded before.
import 'dockerode'
import 'execa'
import '../../src/vch/connect.js'
import '../../src/vch/endpoint/resolve-endpoint.js'
import '../../src/vch/endpoint/same-endpoint.js'
import '../../src/vic-machine/change-run.js'
import '../../src/vic-machine/vic-machine.js'
import type {Adapters} from '../../src/services/adapters.js'
import {connectAdapters} from '../../src/services/connect.js'
import type {Environment} from './sandbox-bench.js'

/** What the services work on, connected to the sandboxes that an environment describes; every consent is given. */
export function serviceAdapters(env: Environment): Promise<Adapters> {
  const {VICNFS_CONSUMER_HOST: host} = env
  const settings = {
    path: env['VICNFS_VIC_MACHINE'],
    target: env['VIC_MACHINE_TARGET'],
    user: env['VIC_MACHINE_USER'],
    thumbprint: env['VIC_MACHINE_THUMBPRINT'],
    vchName: env['VICNFS_VCH'],
    vchId: env['VICNFS_VCH_ID'],
  }
  const set = Object.entries(settings).filter(([, value]) => value !== undefined)
  return connectAdapters(
    {
      server: {},
      consumer: host === undefined ? {} : {host},
      vicMachine: Object.fromEntries(set),
      limits: {readyTimeoutMs: 20_000, vicMachineTimeoutMs: 30_000, vchTimeoutMs: 30_000, stepTimeoutMs: 5000},
    },
    {
      environment: env,
      signal: new AbortController().signal,
      confirm: () => Promise.resolve(),
      askSecret: () => Promise.resolve(undefined),
    },
  )
}
