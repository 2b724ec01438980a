import type {Work} from '../../engine/work.js'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl} from '../../model/share.js'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import {MOVE_FOLDER, unmarkCopy} from '../../nfs/copy/move-folder.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {hasMoved} from '../exchange/plan.js'
import {onShare} from '../registration/record.js'
import {placeOfServer} from '../removal/server-place.js'
import {readUsers} from '../removal/share-users.js'
import {exposeCommand} from '../share/expose-command.js'
import {findParked, findServer, type ServerContainer} from '../share/find-server.js'

export interface MovedShare {
  readonly url: string
  /** Labels of the stores on it, by its records. */
  readonly stores: readonly string[]
}

interface Move {
  readonly volume: string
  /** Name of the volume that it moves to. */
  readonly to: string
}

export function serverDown({request}: ServerContainer, consequence: string): VicnfsError {
  return new VicnfsError('VN-SERVER-DOWN', `The server container of "${request.name}" is down: ${consequence}.`, {
    tries: [exposeCommand(request)],
  })
}

/** Once the copy is the share, nothing is to pass for a copy any more; what was set aside stays (S1). */
export async function endMove(adapters: Adapters, share: ShareAddress, work: Work): Promise<void> {
  try {
    const body = unmarkCopy
    const left = await onShare(adapters, {...share, uid: 0, gid: 0}, {signal: work.signal, body})
    if (left.length === 0) return
    work.note(
      'warning',
      `What an earlier copy had and the share has no more is in ${MOVE_FOLDER} on it: ${left.length} entries.`,
    )
  } catch (error) {
    work.signal.throwIfAborted()
    work.note('warning', `The folder ${MOVE_FOLDER} could not be removed from the share: ${messageOf(error)}`)
  }
}

/**
 * A share whose server is gone from its name: moved already, parked, or not there.
 * @throws VN-PARKED, VN-SHARE-NO-SERVER, VN-SERVER-DOWN
 */
export async function movedAlready(adapters: Adapters, {volume, to}: Move, work: Work): Promise<MovedShare> {
  const call = {signal: work.signal}
  const server = await findServer(adapters.server, to, call)
  const isThere =
    server?.request.exportFolder === `/exports/${volume}` || (await hasMoved(adapters, {from: volume, to}, work.signal))
  if (server !== undefined && isThere) {
    const place = await placeOfServer(adapters, server, work)
    if (!place.readable) throw serverDown(server, `it has been moved to "${to}", and is not served`)
    const users = await readUsers(adapters, {server, place}, {work, title: 'Read on the share who uses it'})
    await endMove(adapters, place, work)
    return {url: shareUrl(place), stores: users.recorded.map(({record}) => record.label)}
  }
  const expose = shellQuote(['vicnfs', 'expose-volume', volume])
  if ((await findParked(adapters.server, volume, call)) !== undefined) {
    throw new VicnfsError('VN-PARKED', `The share "${volume}" is parked: its data is not served.`, {tries: [expose]})
  }
  throw new VicnfsError('VN-SHARE-NO-SERVER', `"${volume}" is not shared by this VCH.`, {tries: [expose]})
}
