import type {ErrorSpec} from './spec.js'

/** Trouble with the move of a share to another volume; until the exchange nothing has changed for its VCHs. */
export const MOVE_ERRORS = {
  'VN-MOVE-SQUASHED': {
    kind: 'refused',
    summary: 'The server turns root into somebody else, so owners and closed files could not be copied.',
    cause: 'A copy through NFS reads and writes as root, which the export options of the share do not allow.',
    remedy:
      'Exchange the server for one with `--squash no_root_squash` by `vicnfs expose-volume --recreate`, move the share, and exchange it back.',
  },
  'VN-MOVE-TARGET': {
    kind: 'refused',
    summary: 'The volume to move to has something on it that is not of the begun copy of this share.',
    cause: 'It may be in use for something else; a copy would mix both and write over what has the same name.',
    remedy: 'Move to a new volume with --create, or take away what is on this one, when it is not needed.',
  },
  'VN-MOVE-TOO-SMALL': {
    kind: 'refused',
    summary: 'The volume to move to has less room than the share uses.',
    cause: 'Its capacity was chosen too small, or other things lie on it.',
    remedy: 'Move to a larger volume: --create --capacity.',
  },
  'VN-MOVE-FAILED': {
    kind: 'failed',
    summary: 'The copy could not be made; the share is served from its old volume as before.',
    cause: 'One of both servers refused a call or went away, or the volume to move to is full.',
    remedy: 'Mend what the error names and run the same command again: what is copied is not copied again.',
  },
  'VN-MOVE-DIFFERS': {
    kind: 'failed',
    summary: 'The copy is not like the share; the share is served from its old volume as before.',
    cause: 'Somebody wrote to the share while it was being moved.',
    remedy: 'Stop whoever writes to the share and run the same command again: only what differs is copied.',
  },
} as const satisfies Record<string, ErrorSpec>
