import {serverEnvironment, type ShareChoice, type ShareRequest} from '../share.js'
import type {ContainerFacts} from './facts.js'

export interface Difference {
  readonly field: string
  readonly is: string
  readonly wanted: string
}

function environmentOf(env: readonly string[]): Map<string, string> {
  return new Map(
    env.map((entry): [string, string] => {
      const at = entry.indexOf('=')
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )
}

/**
 * Where a server container is not what its own labels say that it was made as: it was made by hand, with labels that
 * were copied. HostConfig is never looked at, since a VCH forgets it (DESIGN § 3.7); the address has a rule of its own.
 */
export function serverDifferences(
  {request, choice}: {readonly request: ShareRequest; readonly choice: ShareChoice},
  container: ContainerFacts,
): Difference[] {
  const found: Difference[] = []
  const compare = (field: string, is: string | undefined, wanted: string): void => {
    if (is !== wanted) found.push({field, is: is ?? 'not set', wanted})
  }
  const env = environmentOf(container.env)
  for (const [name, wanted] of Object.entries(serverEnvironment(request, choice))) compare(name, env.get(name), wanted)
  if (!request.scratch) {
    const at = container.mounts.find((mount) => mount.destination === request.exportFolder)
    compare('volume', at?.volume, request.name)
  }
  if (!container.networks.includes(choice.network)) compare('network', container.networks.join(', '), choice.network)
  return found
}
