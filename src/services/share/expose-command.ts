import {shellQuote} from '../../model/redaction.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {DEFAULT_LOCKD_PORT, DEFAULT_MOUNTD_PORT, type ShareRequest} from '../../model/share.js'

function option(flag: string, value: string | number | null, usual: string | number | null): string[] {
  return value === null || value === usual ? [] : [flag, String(value)]
}

/** The `expose-volume` that asks for just this share, so that it starts the server again instead of finding differences. */
export function exposeCommand(request: ShareRequest): string {
  const {name} = request
  return shellQuote([
    'vicnfs',
    'expose-volume',
    ...(request.scratch ? ['--scratch', name] : [name]),
    ...option('--image', request.image, SERVER_IMAGE),
    ...option('--network', request.network, null),
    ...option('--ip', request.address, null),
    ...option('--export-folder', request.exportFolder, `/exports/${name}`),
    ...option('--mountd-port', request.mountdPort, DEFAULT_MOUNTD_PORT),
    ...option('--lockd-port', request.lockdPort, DEFAULT_LOCKD_PORT),
    ...option('--export-opts', request.exportOptions, null),
    ...request.allow.flatMap((client) => ['--allow', client]),
    ...option('--squash', request.squash, 'no_root_squash'),
    ...option('--uid', request.uid, 0),
    ...option('--gid', request.gid, request.uid),
    ...(request.securePorts ? ['--secure-ports'] : []),
  ])
}
