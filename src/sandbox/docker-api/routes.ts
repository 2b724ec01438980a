import {VchError} from '../containers/vch-error.js'
import type {ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {CONTAINER_ROUTES} from './container-routes.js'
import {EXEC_ROUTES} from './exec-routes.js'
import {IMAGE_ROUTES} from './image-routes.js'
import {NETWORK_ROUTES} from './network-routes.js'
import {SYSTEM_ROUTES} from './system-routes.js'
import {UNSUPPORTED_ROUTES} from './unsupported-routes.js'
import {VOLUME_ROUTES} from './volume-routes.js'

export type Handler = (context: ApiContext, call: ApiCall) => Promise<void> | void

/** Method, path pattern (each group is one parameter) and what answers. */
export type Route = readonly [method: string, pattern: RegExp, handle: Handler]

// The first match counts, so that `/containers/prune` is not taken for a container.
const ROUTES: readonly Route[] = [
  ...UNSUPPORTED_ROUTES,
  ...SYSTEM_ROUTES,
  ...VOLUME_ROUTES,
  ...NETWORK_ROUTES,
  ...IMAGE_ROUTES,
  ...EXEC_ROUTES,
  ...CONTAINER_ROUTES,
]

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new VchError(400, `invalid URL escape in ${JSON.stringify(part)}`)
  }
}

/** @throws VchError 400 when a parameter is not well-formed */
export function findRoute(
  method: string,
  path: string,
): {readonly handle: Handler; readonly params: readonly string[]} | undefined {
  for (const [wanted, pattern, handle] of ROUTES) {
    const match = wanted === method ? pattern.exec(path) : null
    if (match !== null) return {handle, params: match.slice(1).map(decode)}
  }
  return undefined
}
