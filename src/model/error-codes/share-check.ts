import type {ErrorSpec} from './spec.js'

export const SHARE_CHECK_ERRORS = {
  'VN-CHECK-NO-PROGRAM': {
    kind: 'failed',
    summary: 'The image of the check has no share-check.',
    cause: 'It is not the NFS server image of this release of vicnfs.',
    remedy: 'Name the server image of this release with --image.',
  },
  'VN-CHECK-NO-RESULT': {
    kind: 'failed',
    summary: 'The container of the check ended without a result.',
    cause: 'Its image is of another release of vicnfs, or the container was stopped from outside.',
    remedy:
      'Run it again with the server image of this release of vicnfs; docker logs of the container, if it is still there, says what it met.',
  },
  'VN-CHECK-NOT-ENDED': {
    kind: 'proof',
    summary: 'The container of the check did not end in time.',
    cause: "Its kernel waits for the NFS server, as every container's would: a mount of VIC never gives up.",
    remedy:
      'See whether the NFS server is up and reachable from the network of the containers; what is left of the check is removed by the next one.',
  },
} as const satisfies Record<string, ErrorSpec>
