import type {ErrorSpec} from './spec.js'

/** Trouble with an exchange of the server at the address of a share: parking, un-parking, re-creating. */
export const PARK_ERRORS = {
  'VN-NOT-PARKABLE': {
    kind: 'refused',
    summary: 'The server at the address of a store cannot be exchanged.',
    cause: 'Another container could not be given the same address again, and the URL of a store is for good.',
    remedy:
      'Serve the share on a container network with --ip, so that its address can be asked for again; this one goes on being served as it is.',
  },
  'VN-PARKED': {
    kind: 'refused',
    summary: 'The share is parked: an empty server stands in for it.',
    cause: 'Its volume is not served, so nothing can be registered or proven on it.',
    remedy: 'Serve the volume again with `vicnfs expose-volume`, then run the same command.',
  },
  'VN-EXCHANGE-BREAKS': {
    kind: 'refused',
    summary: 'With these settings the store would not be where the VCH looks for it.',
    cause: 'Address, folder, uid and gid of a store stand in its URL, which vic-machine cannot change.',
    remedy:
      'Keep address, folder, uid and gid as the store has them. To change them, serve the volume as a share of its own under another label.',
  },
  'VN-EXCHANGE-FAILED': {
    kind: 'failed',
    summary: 'The new server did not serve, so the old one is back in its place.',
    cause: 'The share must pass every call of a booting VCH before the exchange counts.',
    remedy:
      'Look at why the new server did not serve (the error quotes it), mend that, and run the same command again.',
  },
  'VN-ADDRESS-EMPTY': {
    kind: 'half-done',
    summary: 'No server of ours serves at the address of a store.',
    cause: 'An exchange failed, and the server of before could not be brought back. The VCH needs one there to boot.',
    remedy:
      'Do not restart the VCH. Follow the printed steps: the same command goes on from here, and any NFS server that exports the same folder at this address lets the VCH boot.',
  },
} as const satisfies Record<string, ErrorSpec>
