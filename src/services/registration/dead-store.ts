import {orElse} from '../../engine/or-else.js'
import {dockerCommand} from '../../model/docker-command.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, listServers, type ServerContainer} from '../share/find-server.js'
import {hostAddresses} from './host-addresses.js'
import type {ConsumerVch} from './identify-consumer.js'
import {pathRelation} from './store-place.js'
import type {StoreLook} from './store-look.js'

const MAX_TRIES = 2

interface Server {
  readonly server: ServerContainer
  readonly endpoint: string
}

/** Server containers of ours, as far as they can be asked for: without them the error names the URL alone. */
async function serversAround({server, consumer}: Adapters, signal: AbortSignal): Promise<readonly Server[]> {
  const found = await Promise.all(
    [...new Set([server, consumer])].map(async (api) => {
      const servers = await orElse(listServers(api, {signal}), [], {signal})
      return servers.map((each) => ({server: each, endpoint: api.endpoint}))
    }),
  )
  return found.flat()
}

/** How the server of a store is brought back; a stopped container may have lost its address, so the one it was given counts, too. */
async function commandFor(
  store: VolumeStore,
  servers: readonly Server[],
  options: {readonly signal: AbortSignal},
): Promise<string> {
  const addresses = await hostAddresses([store.host], options)
  const ours = servers.find(({server}) => {
    const isThere = [addressOf(server), server.choice.address].some((each) => each !== null && addresses.includes(each))
    return isThere && ['same', 'below'].includes(pathRelation(store.path, server.request.exportFolder))
  })
  if (ours === undefined) return shellQuote(['vicnfs', 'preflight', storeUrl(store), '--read-only'])
  const {server, endpoint} = ours
  // One that runs and does not serve is not started by asking for its share again.
  return server.container.state === 'running'
    ? dockerCommand(endpoint, ['restart', server.container.name])
    : exposeCommand(server.request)
}

const sentence = (text: string): string => `${text.replace(/\.$/, '')}.`

/** VN-STORE-DEAD for the stores that no VCH could mount right now. */
export async function deadStoreError(
  adapters: Adapters,
  vch: ConsumerVch,
  {dead, signal}: {readonly dead: readonly StoreLook[]; readonly signal: AbortSignal},
): Promise<VicnfsError> {
  const servers = await serversAround(adapters, signal)
  const commands = await Promise.all(dead.map(({store}) => commandFor(store, servers, {signal})))
  const labels = dead.map(({store}) => `"${store.label}"`).join(', ')
  const [server, is] = dead.length === 1 ? ['server', 'is'] : ['servers', 'are']
  const message = `The ${server} of the store ${labels} of "${vch.name}" ${is} not there, so the VCH would not boot again.`
  const found = dead.map(({store, finding}) => sentence(`${storeUrl(store)}: ${finding}`)).join(' ')
  const danger = `VIC ${vch.version} boots in circles while one NFS store is dead, and this change restarts "${vch.name}".`
  return new VicnfsError('VN-STORE-DEAD', message, {
    reason: `${found} ${danger}`,
    tries: [...new Set(commands)].slice(0, MAX_TRIES),
    details: {
      stores: dead.map(({store, rung, code, finding}) => ({
        ...{label: store.label, url: storeUrl(store), finding},
        ...(rung === undefined ? {} : {rung}),
        ...(code === undefined ? {} : {code}),
      })),
    },
  })
}
