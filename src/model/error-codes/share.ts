import type {ErrorSpec} from './spec.js'

/** Trouble with a share and its server container. */
export const SHARE_ERRORS = {
  'VN-SHARE-NETWORK': {
    kind: 'usage',
    summary: 'The network for the server container is not settled.',
    cause: 'There is none of that name, or more than one could be meant.',
    remedy:
      'Name one of the networks that the error lists with --network; a full one needs a wider range, or an address freed.',
  },
  'VN-SHARE-NO-VOLUME': {
    kind: 'usage',
    summary: 'The volume does not exist.',
    cause: 'It is made only when --create asks for it, so that a mistyped name does not make a new one.',
    remedy: 'Check the name with docker volume ls, or have the volume made with --create.',
  },
  'VN-SHARE-NO-SERVER': {
    kind: 'usage',
    summary: 'There is no server container for this volume.',
    cause: 'The share was never exposed, or it was taken down.',
    remedy: 'Expose the volume first with vicnfs expose-volume, or point --host at the VCH that serves it.',
  },
  'VN-SHARE-FOREIGN': {
    kind: 'refused',
    summary: 'Another container is on the volume.',
    cause: 'A VMDK volume is attached to one running container at a time, and that one is not ours.',
    remedy: 'Remove the other container, as the commands shown do, when nobody needs it; or take another volume.',
  },
  'VN-SHARE-DIFFERS': {
    kind: 'refused',
    summary: 'The server container was started with other settings.',
    cause: 'Settings of a server container are fixed when it is made.',
    remedy:
      'Run the command with the settings that the server container has, or take the share down and expose it anew.',
  },
  'VN-SHARE-SERVER-ENDED': {
    kind: 'failed',
    summary: 'The server container ended instead of serving.',
    cause: 'The image refused a setting, or the server inside could not start.',
    remedy:
      'The last words of the server container are in the error: change the setting that they name. On a plain Docker Engine the kernel may have no NFS server; the image takes NFS-Ganesha then.',
  },
  'VN-SHARE-NO-ADDRESS': {
    kind: 'timeout',
    summary: 'The server container got no address.',
    cause: 'The network handed none out in time.',
    remedy: 'Check that the network hands addresses out, or ask for one with --ip.',
  },
  'VN-NOT-A-VCH': {
    kind: 'refused',
    summary: 'The Docker endpoint is no VCH.',
    cause: 'Volume stores exist in vSphere Integrated Containers only.',
    remedy:
      'Point --consumer-host (or --host) at the Docker API of a VCH; a plain Docker Engine can serve a share, but not have it as a store.',
  },
  'VN-VCH-NOT-RUNNING': {
    kind: 'failed',
    summary: 'The VCH answers, but its port layer does not.',
    cause: 'It is starting, or it cannot bring a volume store online.',
    remedy: 'Wait until docker info says RUNNING. If it never does, make every NFS store of the VCH reachable again.',
  },
} as const satisfies Record<string, ErrorSpec>
