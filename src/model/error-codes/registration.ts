import type {ErrorSpec} from './spec.js'

/** How a registration, an un-registration or a verification can end other than well. */
export const REGISTRATION_ERRORS = {
  'VN-PLAN-REFUSED': {
    kind: 'refused',
    summary: 'The plan holds a store that cannot be registered.',
    cause: 'VIC never changes or removes an existing store, and takes each label and each place once.',
  },
  'VN-VIC-UNSUPPORTED': {
    kind: 'refused',
    summary: 'This release of VIC is not supported.',
    cause: 'vicnfs knows VIC 1.2.0 to 1.5.8; before 1.2.0 vic-machine has no configure.',
  },
  'VN-VICMACHINE-RELEASE': {
    kind: 'refused',
    summary: 'vic-machine and the VCH are of different releases.',
    cause: 'A vic-machine of another release reads or writes the configuration of the VCH wrongly.',
  },
  'VN-CONFIGURE-REFUSED': {
    kind: 'failed',
    summary: 'vic-machine refused to configure the VCH; nothing was touched.',
    cause: 'vic-machine says why.',
  },
  'VN-CHANGE-RUNNING': {
    kind: 'interrupted',
    summary: 'vicnfs stopped watching; vic-machine goes on.',
    cause: 'A change of a VCH is never cut off half-way.',
  },
  'VN-ROLLED-BACK': {
    kind: 'rolled-back',
    summary: 'The VCH could not use the store and was rolled back; it is as before.',
    cause: 'The share was not mountable while the VCH booted, or vic-machine failed.',
  },
  'VN-HALF-DONE': {
    kind: 'half-done',
    summary: 'The VCH is half-way through a change.',
    cause: 'A change was begun and neither completed nor rolled back.',
  },
  'VN-VCH-DOWN': {
    kind: 'half-done',
    summary: 'The VCH does not answer.',
    cause: 'It is powered off, or it boots in circles because a volume store is unreachable.',
  },
  'VN-STORE-DEAD': {
    kind: 'refused',
    summary: 'The server of another NFS store of the VCH is not there, and the change would restart the VCH.',
    cause: 'From VIC 1.5.2 on a VCH boots in circles, without its Docker API, while one of its NFS stores is dead.',
  },
  'VN-STORE-NOT-ONLINE': {
    kind: 'half-done',
    summary: 'The store is configured, but the VCH does not use it.',
    cause: 'The share was not mountable when the VCH booted (VIC before 1.5.2 leaves the store out in silence).',
  },
  'VN-STORE-UNKNOWN': {
    kind: 'usage',
    summary: 'The VCH has no volume store of this label.',
    cause: 'The label is mistyped, or the store is not registered.',
  },
  'VN-VERIFY-FAILED': {
    kind: 'proof',
    summary: 'Two containers do not share data through the store.',
    cause: 'What one container wrote, the other one could not read.',
  },
  'VN-VERIFY-NOT-SHARED': {
    kind: 'usage',
    summary: 'The store is on a datastore, and its volumes are not shared.',
    cause: 'A VMDK volume attaches to one running container at a time, so there is nothing to prove.',
  },
  'VN-VERIFY-NON-ROOT': {
    kind: 'proof',
    summary: 'Containers that do not run as root cannot write to the store.',
    cause: 'VIC makes the folder of a volume 0755 for the uid of the store.',
  },
} as const satisfies Record<string, ErrorSpec>
