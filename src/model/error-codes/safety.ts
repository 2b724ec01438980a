import type {ErrorSpec} from './spec.js'

/** Refusals of the safety rules S1–S10: nothing was changed. */
export const SAFETY_ERRORS = {
  'VN-SELF-HOSTED': {
    kind: 'refused',
    summary: 'The server container would run in the very VCH that uses its share.',
    cause: 'From VIC 1.5.2 on a VCH does not boot while a store is unreachable, and then nobody can start the server.',
  },
  'VN-PORT-MAPPED': {
    kind: 'refused',
    summary: 'A share reached through a port mapping of its own VCH can never be mounted by it.',
    cause: 'The endpoint VM does not translate its own traffic, and mappings come back only after the stores.',
  },
  'VN-HOST-NAME': {
    kind: 'refused',
    summary: 'Containers of this VCH cannot mount a share that is named by host name.',
    cause: 'Host names in NFS volume stores work for containers from VIC 1.5.0 on only.',
  },
  'VN-ADDRESS-UNDECIDABLE': {
    kind: 'refused',
    summary: 'It cannot be decided whether the server container keeps its address.',
    cause: 'The URL of a store is for good; a DHCP address, or one not asked for, may change.',
  },
  'VN-DIFFERENT-VCH': {
    kind: 'refused',
    summary: 'The Docker API and the vic-machine target are not the same VCH.',
    cause: 'One VCH would be looked at and another one changed.',
  },
  'VN-OTHER-CONSUMER': {
    kind: 'refused',
    summary: 'Another VCH uses this export.',
    cause: "One export directory serves one VCH: two would delete each other's volumes.",
  },
  'VN-UNRECORDED-VOLUMES': {
    kind: 'refused',
    summary: 'The export holds volumes of a VCH that is not recorded on it.',
    cause: 'Another VCH may be using the export without vicnfs knowing.',
  },
  'VN-ROOT-OR-DIRECTORIES': {
    kind: 'refused',
    summary: 'The root of a share and directories below it cannot both be stores.',
    cause: 'The VCH of the root would see the directories of the others among its own files.',
  },
  'VN-FOLDER-CLOSED': {
    kind: 'refused',
    summary: 'A folder of the share cannot be looked into, so nobody can tell whether it is the store of a VCH.',
    cause: 'It belongs to another user and is closed to all others.',
  },
  'VN-NOT-REMOVABLE': {
    kind: 'refused',
    summary: 'The store cannot be un-registered, so its server container stays.',
    cause: 'vic-machine cannot remove a store; only the last configure can be rolled back, and only sometimes.',
  },
  'VN-IN-USE': {
    kind: 'refused',
    summary: 'Containers use volumes of this store.',
    cause: 'They would hang as soon as the server container is gone.',
  },
  'VN-SERVER-DOWN': {
    kind: 'refused',
    summary: 'The server container is not running, so the record on its share cannot be read.',
    cause: 'Without the record nobody can tell which VCH would lose the share.',
  },
  'VN-SHARE-UNREADABLE': {
    kind: 'refused',
    summary: 'The server container runs, but the record on its share cannot be read from here.',
    cause: 'Without the record nobody can tell which VCH would lose the share.',
  },
  'VN-DELETE-UNCONFIRMED': {
    kind: 'refused',
    summary: 'Data is deleted only when the volume is named for it.',
    cause: 'Safety rule S1: --delete-volume needs --confirm with the very same name.',
  },
  'VN-UID-SQUASHED': {
    kind: 'usage',
    summary: 'uid 0 with root squash gives a share that the VCH cannot write.',
    cause: 'The server turns root into nobody.',
  },
} as const satisfies Record<string, ErrorSpec>
