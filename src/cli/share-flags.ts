import {Flags} from '@oclif/core'

import {SERVER_IMAGE} from '../model/server-image.js'
import {DEFAULT_LOCKD_PORT, DEFAULT_MOUNTD_PORT, SQUASH_MODES, type ShareRequest} from '../model/share.js'
import {shareRequest} from '../model/share-request.js'

/** What the server container of a share is made of. */
export const shareFlags = {
  image: Flags.string({summary: 'NFS server image', helpGroup: 'SHARE', env: 'VICNFS_IMAGE', default: SERVER_IMAGE}),
  network: Flags.string({
    summary: 'Network of the server container (default: the only container network)',
    helpGroup: 'SHARE',
    env: 'VICNFS_NETWORK',
  }),
  ip: Flags.string({summary: 'Fixed address on that network (default: a free one of its range)', helpGroup: 'SHARE'}),
  'export-folder': Flags.string({summary: 'Folder that is exported (default: /exports/NAME)', helpGroup: 'SHARE'}),
  'mountd-port': Flags.integer({summary: 'TCP port of mountd', helpGroup: 'SHARE', default: DEFAULT_MOUNTD_PORT}),
  'lockd-port': Flags.integer({summary: 'TCP port of lockd', helpGroup: 'SHARE', default: DEFAULT_LOCKD_PORT}),
  'export-opts': Flags.string({
    summary: 'Export options to the letter, such as "*(rw,sync,insecure,no_root_squash)"',
    helpGroup: 'SHARE',
    exclusive: ['allow', 'squash', 'secure-ports'],
  }),
  allow: Flags.string({
    summary: 'Client address or CIDR that may mount (again for more; default: everybody on the network)',
    helpGroup: 'SHARE',
    multiple: true,
  }),
  squash: Flags.option({options: SQUASH_MODES})({
    summary: 'What becomes of root on the clients (default: no_root_squash)',
    helpGroup: 'SHARE',
  }),
  'secure-ports': Flags.boolean({
    summary: 'Refuse clients with a source port of 1024 or above; preflight then needs root or --from vch',
    helpGroup: 'SHARE',
  }),
  uid: Flags.integer({
    summary: 'Owner of the export; for good once registered',
    helpGroup: 'SHARE',
    default: 0,
    min: 0,
  }),
  gid: Flags.integer({summary: 'Group of the export (default: the uid)', helpGroup: 'SHARE', min: 0}),
}

/** From where a share is looked at. */
export const fromFlag = (helpGroup: string) =>
  Flags.option({options: ['here', 'vch'] as const})({
    summary: 'Where a share is looked at: on this machine, or, where it cannot be reached from here, on the VCH',
    helpGroup,
    default: 'here' as const,
  })

/** The image of the containers that look at shares, where the VCH is asked. */
export function toFromVch(flags: {readonly from: 'here' | 'vch'; readonly image: string}) {
  return flags.from === 'vch' ? {fromVch: {image: flags.image}} : {}
}

interface ShareFlagValues {
  readonly image: string
  readonly network?: string | undefined
  readonly ip?: string | undefined
  readonly 'export-folder'?: string | undefined
  readonly 'mountd-port': number
  readonly 'lockd-port': number
  readonly 'export-opts'?: string | undefined
  readonly allow?: string[] | undefined
  readonly squash?: ShareRequest['squash'] | undefined
  readonly 'secure-ports': boolean
  readonly uid: number
  readonly gid?: number | undefined
}

/** The values of `shareFlags` as the request that is kept with the server container. */
export function toShareRequest(
  flags: ShareFlagValues,
  share: {readonly name: string; readonly scratch: boolean},
): ShareRequest {
  return shareRequest(share, {
    image: flags.image,
    network: flags.network,
    address: flags.ip,
    exportFolder: flags['export-folder'],
    mountdPort: flags['mountd-port'],
    lockdPort: flags['lockd-port'],
    exportOptions: flags['export-opts'],
    allow: flags.allow,
    squash: flags.squash,
    uid: flags.uid,
    gid: flags.gid,
    securePorts: flags['secure-ports'],
  })
}
