import type {ErrorSpec} from './spec.js'

export const STORE_ERRORS = {
  'VN-STORE-FORMAT': {
    kind: 'usage',
    summary: 'A volume store is not written as a place, a colon and a label.',
    cause:
      'vic-machine takes what follows the last colon as the label, and refuses a label that is empty or holds one of % & * $ # @ ! \\ / : ? " < > ; \' |.',
  },
  'VN-STORE-URL': {
    kind: 'usage',
    summary: 'The place of a volume store is not a URL that vic-machine can parse.',
    cause:
      'A percent sign without two hexadecimal digits, a host with a forbidden sign, or a colon in the first part of a datastore path.',
  },
  'VN-STORE-SCHEME': {
    kind: 'usage',
    summary: 'A volume store is neither on a datastore nor on an NFS server.',
    cause: 'vic-machine knows the schemes ds and nfs only; what stands before the first colon is taken for the scheme.',
  },
  'VN-STORE-DATASTORE': {
    kind: 'usage',
    summary: 'A datastore volume store is written with a sign that vic-machine refuses.',
    cause:
      'A datastore and its path may not hold any of % & * $ # @ ! \\ ? " < > ; \' |; what inspect prints must be percent-decoded first.',
  },
  'VN-STORE-HOST': {
    kind: 'usage',
    summary: 'A volume store has no usable host.',
    cause: 'A VCH dials the host of the URL on port 111, so the host must be there, and without a port.',
  },
  'VN-STORE-PATH': {
    kind: 'usage',
    summary: 'A volume store has no usable path.',
    cause: 'An NFS volume store needs the path of an export, and the root folder of a server cannot be a volume store.',
  },
  'VN-STORE-LABEL': {
    kind: 'usage',
    summary: 'The label of a new volume store is not one that is safe everywhere.',
    cause: 'Labels with blanks break the online check of vic-machine; letters, digits, - and _ work everywhere.',
  },
  'VN-STORE-OWNER': {
    kind: 'usage',
    summary: 'The uid or gid of an NFS volume store is not a number that a VCH accepts.',
    cause: 'A VCH refuses to bring a store online whose uid or gid is negative or not a whole number.',
  },
  'VN-STORE-UNRESTATABLE': {
    kind: 'refused',
    summary:
      'An existing volume store of the VCH cannot be restated exactly, so vic-machine configure would refuse or change it.',
    cause: 'It was made by other means than vic-machine, and vic-machine has no way to write it down.',
  },
} as const satisfies Record<string, ErrorSpec>
