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
    const servers = await listServers(adapters.server, {signal})
    const found: IdleServer[] = []
    for (const server of servers) {
      const place = {host: addressOf(server) || (server.choice.address ?? ''), path: server.request.exportFolder}
      if (place.host === '') continue
      for (const store of await storesAt(gone, place, ['same', 'below'])) {
        const {name: container} = server.container
        const next = commandsFor(server, store)
        found.push({share: server.request.name, container, label: store.label, url: storeUrl(store), next})
      }
    }
    return found
  } catch {
    signal.throwIfAborted()
    return []
  }
}
