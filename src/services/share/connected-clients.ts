import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi} from '../../vch/vch-api.js'

const COMMAND = ['share-check', 'clients']
/** Longer than an exec takes on a VCH, which reconfigures the container VM for it. */
const EXEC_TIMEOUT_MS = 60_000

/** Answers that say that this engine or container has no exec for us, as opposed to an engine that is away. */
const CANNOT_TELL: ReadonlySet<string> = new Set([
  'VN-VCH-UNSUPPORTED',
  'VN-VCH-API',
  'VN-VCH-CONTAINER-STOPPED',
  'VN-VCH-CONTAINER-MISSING',
  'VN-VCH-TIMEOUT',
])

/**
 * Addresses of the clients that have a connection to the NFS server in a container right now, the server itself left
 * out. A Linux client closes its connection after five idle minutes and keeps the mount (docs/server-image.md), so
 * an address is proof of a client, and none is no proof of none.
 * @returns undefined where the engine cannot tell: no exec, a container that does not run, an image without `clients`
 * @throws VN-VCH-UNREACHABLE, VN-VCH-PORT-LAYER-DOWN and what else tells that the VCH itself is away
 */
export async function connectedClients(
  api: Pick<VchApi, 'exec'>,
  containerId: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<readonly string[] | undefined> {
  try {
    const {exitCode, stdout} = await api.exec(containerId, COMMAND, {signal, timeoutMs: EXEC_TIMEOUT_MS})
    if (exitCode !== 0) return undefined
    return stdout.split(/\s+/).filter((word) => word !== '')
  } catch (error) {
    signal.throwIfAborted()
    if (isVicnfsError(error) && CANNOT_TELL.has(error.code)) return undefined
    throw error
  }
}
