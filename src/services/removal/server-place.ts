import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'

/** A share that is to be taken down; `readable` when its records can be read over NFS right now. */
export interface ServerPlace extends ShareAddress {
  readonly readable: boolean
}

/** Where a server container is, or would be, reached; a stopped one is known by the address it was given. */
export async function placeOfServer(adapters: Adapters, server: ServerContainer, work: Work): Promise<ServerPlace> {
  const host = addressOf(server) === '' ? (server.choice.address ?? '') : addressOf(server)
  const {exportFolder: path, uid, gid, name} = server.request
  const place = {host, path, uid, gid}
  return work.step('reach', 'Reach the share', async (step) => {
    if (server.container.state === 'running') {
      const report = await adapters.nfs.preflight(place, {
        readOnly: true,
        signal: step.signal,
        rungTimeoutMs: adapters.limits.stepTimeoutMs,
      })
      if (report.passed) {
        step.unchanged(`${host}:${path}`)
        return {...place, readable: true}
      }
    }
    if (host === '') {
      throw new VicnfsError(
        'VN-SERVER-DOWN',
        `The server container of "${name}" is not running, and its address is not known.`,
        {
          tries: [exposeCommand(server.request)],
        },
      )
    }
    step.unchanged('the server does not answer; what the journal knows must do')
    return {...place, readable: false}
  })
}
