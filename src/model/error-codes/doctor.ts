import type {ErrorSpec} from './spec.js'

/** What only `doctor` finds. */
export const DOCTOR_ERRORS = {
  'VN-VOLUMES-HIDDEN': {
    kind: 'failed',
    summary: 'An entry in the two folders of a volume store keeps the VCH from showing its volumes.',
    cause:
      'A booting VCH reads the metadata of every entry in "volumes"; one that cannot be read hides all of them, one that makes no sense fails the whole list. A volume whose making was interrupted leaves such an entry.',
    remedy:
      'Remove the entry that doctor names, or give it back its metadata, and restart the endpoint VM; `vicnfs doctor` prints the commands.',
  },
} as const satisfies Record<string, ErrorSpec>
