import type {ErrorSpec} from './spec.js'

/** Trouble with a share and its server container. */
export const SHARE_ERRORS = {
  'VN-SHARE-NETWORK': {
    kind: 'usage',
    summary: 'The network for the server container is not settled.',
    cause: 'There is none of that name, or more than one could be meant.',
  },
  'VN-SHARE-NO-VOLUME': {
    kind: 'usage',
    summary: 'The volume does not exist.',
    cause: 'It is made only when --create asks for it, so that a mistyped name does not make a new one.',
  },
  'VN-SHARE-NO-SERVER': {
    kind: 'usage',
    summary: 'There is no server container for this volume.',
    cause: 'The share was never exposed, or it was taken down.',
  },
  'VN-SHARE-FOREIGN': {
    kind: 'refused',
    summary: 'Another container is on the volume.',
    cause: 'A VMDK volume is attached to one running container at a time, and that one is not ours.',
  },
  'VN-SHARE-DIFFERS': {
    kind: 'refused',
    summary: 'The server container was started with other settings.',
    cause: 'Settings of a server container are fixed when it is made.',
  },
  'VN-SHARE-SERVER-ENDED': {
    kind: 'failed',
    summary: 'The server container ended instead of serving.',
    cause: 'The image refused a setting, or the server inside could not start.',
  },
  'VN-SHARE-NO-ADDRESS': {
    kind: 'timeout',
    summary: 'The server container got no address.',
    cause: 'The network handed none out in time.',
  },
  'VN-NOT-A-VCH': {
    kind: 'refused',
    summary: 'The Docker endpoint is no VCH.',
    cause: 'Volume stores exist in vSphere Integrated Containers only.',
  },
  'VN-VCH-NOT-RUNNING': {
    kind: 'failed',
    summary: 'The VCH answers, but its port layer does not.',
    cause: 'It is starting, or it cannot bring a volume store online.',
  },
} as const satisfies Record<string, ErrorSpec>
