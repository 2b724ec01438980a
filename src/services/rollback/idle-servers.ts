import {shellQuote} from '../../model/redaction.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import {pathRelation, storesAt} from '../registration/store-place.js'
import {addressOf, listServers, type ServerContainer} from '../share/find-server.js'

/** A server container that goes on serving a share which its VCH uses no more. */
export interface IdleServer {
  readonly share: string
  readonly container: string
  readonly label: string
  readonly url: string
  /** Commands to go on with: use the share again, or take it down. */
  readonly next: readonly string[]
}

function commandsFor({request}: ServerContainer, store: VolumeStore): string[] {
  const {name, exportFolder} = request
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
): Promise<readonly {readonly server: ServerContainer; readonly store: VolumeStore}[]> {
  const found: {server: ServerContainer; store: VolumeStore}[] = []
  for (const server of await listServers(adapters.server, {signal})) {
    const place = {host: addressOf(server) || (server.choice.address ?? ''), path: server.request.exportFolder}
    if (place.host === '') continue
    for (const store of await storesAt(stores, place, ['same', 'below'])) found.push({server, store})
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
      next: commandsFor(server, store),
    }))
  } catch {
    signal.throwIfAborted()
    return []
  }
}
