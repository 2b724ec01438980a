import {shellQuote} from '../../model/redaction.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {pathRelation, storesAt} from '../registration/store-place.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, listParked, listServers, type ParkedContainer, type ServerContainer} from '../share/find-server.js'

/** A server container that goes on serving a share which its VCH uses no more. */
export interface IdleServer {
  readonly share: string
  readonly container: string
  readonly label: string
  readonly url: string
  /** It is the empty server of a parked share. */
  readonly parked?: true
  /** Commands to go on with: use the share again, or take it down. */
  readonly next: readonly string[]
}

function commandsFor(server: ServerContainer | ParkedContainer, store: VolumeStore): string[] {
  const {name, exportFolder} = server.request
  // An empty server can be no store again before the volume is served.
  if ('records' in server) return [exposeCommand(server.request), shellQuote(['vicnfs', 'teardown', name])]
  const below = pathRelation(store.path, exportFolder) === 'below'
  const directory = below ? ['--directory', store.path.slice(exportFolder.length).replaceAll(/^\/+|\/+$/g, '')] : []
  return [
    shellQuote(['vicnfs', 'register-store', store.label, '--share', name, ...directory]),
    shellQuote(['vicnfs', 'teardown', name]),
  ]
}

/** The server containers of ours on which stores lie, with the store of each. */
export async function serversBehind(
  adapters: Pick<Adapters, 'server'>,
  stores: readonly VolumeStore[],
  signal: AbortSignal,
): Promise<readonly {readonly server: ServerContainer | ParkedContainer; readonly store: VolumeStore}[]> {
  const found: {server: ServerContainer | ParkedContainer; store: VolumeStore}[] = []
  const {server: api} = adapters
  for (const server of [...(await listServers(api, {signal})), ...(await listParked(api, {signal}))]) {
    const place = {host: addressOf(server) || (server.choice.address ?? ''), path: server.request.exportFolder}
    if (place.host === '') continue
    for (const store of await storesAt(stores, place, {relations: ['same', 'below'], signal}))
      found.push({server, store})
  }
  return found
}

/**
 * The server containers of ours behind stores that are registered no more. Only said to the operator: a server VCH that
 * cannot be asked now changes nothing about what was done.
 */
export async function idleServers(
  adapters: Pick<Adapters, 'server'>,
  gone: readonly VolumeStore[],
  signal: AbortSignal,
): Promise<readonly IdleServer[]> {
  try {
    const behind = await serversBehind(adapters, gone, signal)
    return behind.map(({server, store}) => ({
      share: server.request.name,
      container: server.container.name,
      label: store.label,
      url: storeUrl(store),
      ...('records' in server ? {parked: true as const} : {}),
      next: commandsFor(server, store),
    }))
  } catch {
    signal.throwIfAborted()
    return []
  }
}
