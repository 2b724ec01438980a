import type {ErrorSpec} from './spec.js'

export const STORE_ERRORS = {
  'VN-STORE-FORMAT': {
    kind: 'usage',
    summary: 'A volume store is not written as a place, a colon and a label.',
    cause:
      'vic-machine takes what follows the last colon as the label, and refuses a label that is empty or holds one of % & * $ # @ ! \\ / : ? " < > ; \' |.',
    remedy: 'Write nfs://HOST/PATH?uid=0&gid=0:LABEL or ds://DATASTORE/PATH:LABEL, with a plain label.',
  },
  'VN-STORE-URL': {
    kind: 'usage',
    summary: 'The place of a volume store is not a URL that vic-machine can parse.',
    cause:
      'A percent sign without two hexadecimal digits, a host with a forbidden sign, or a colon in the first part of a datastore path.',
    remedy: 'Write a percent sign as %25 and leave blanks and colons out of the path.',
  },
  'VN-STORE-SCHEME': {
    kind: 'usage',
    summary: 'A volume store is neither on a datastore nor on an NFS server.',
    cause: 'vic-machine knows the schemes ds and nfs only; what stands before the first colon is taken for the scheme.',
    remedy: 'Begin the place with nfs:// or ds://.',
  },
  'VN-STORE-DATASTORE': {
    kind: 'usage',
    summary: 'A datastore volume store is written with a sign that vic-machine refuses.',
    cause:
      'A datastore and its path may not hold any of % & * $ # @ ! \\ ? " < > ; \' |; what inspect prints must be percent-decoded first.',
    remedy: 'Rename the datastore or the folder, or take another one: vic-machine cannot be given this one.',
  },
  'VN-STORE-HOST': {
    kind: 'usage',
    summary: 'A volume store has no usable host.',
    cause: 'A VCH dials the host of the URL on port 111, so the host must be there, and without a port.',
    remedy: 'Name the host of the NFS server, without a port: nfs://HOST/PATH.',
  },
  'VN-STORE-PATH': {
    kind: 'usage',
    summary: 'A volume store has no usable path.',
    cause: 'An NFS volume store needs the path of an export, and the root folder of a server cannot be a volume store.',
    remedy: 'Export a folder below the root, and name it in the URL: nfs://HOST/PATH.',
  },
  'VN-STORE-LABEL': {
    kind: 'usage',
    summary: 'The label of a new volume store is not one that is safe everywhere.',
    cause: 'Labels with blanks break the online check of vic-machine; letters, digits, - and _ work everywhere.',
    remedy: 'Take a label of letters, digits, - and _.',
  },
  'VN-STORE-OWNER': {
    kind: 'usage',
    summary: 'The uid or gid of an NFS volume store is not a number that a VCH accepts.',
    cause: 'A VCH refuses to bring a store online whose uid or gid is negative or not a whole number.',
    remedy:
      'Give uid and gid as whole numbers, such as nfs://HOST/PATH?uid=0&gid=0; a store that exists keeps those that it has.',
  },
  'VN-STORE-UNRESTATABLE': {
    kind: 'refused',
    summary:
      'An existing volume store of the VCH cannot be restated exactly, so vic-machine configure would refuse or change it.',
    cause: 'It was made by other means than vic-machine, and vic-machine has no way to write it down.',
    remedy:
      'Nothing can be configured on this VCH while it has that store. Configure it with the tool that made the store.',
  },
} as const satisfies Record<string, ErrorSpec>
