import type {ErrorSpec} from './spec.js'

/** Refusals of the safety rules S1–S10: nothing was changed. */
export const SAFETY_ERRORS = {
  'VN-SELF-HOSTED': {
    kind: 'refused',
    summary: 'The server container would run in the very VCH that uses its share.',
    cause: 'From VIC 1.5.2 on a VCH does not boot while a store is unreachable, and then nobody can start the server.',
    remedy:
      'Serve the share from another VCH with --host and --consumer-host. With --allow-self-hosted it works here too, and the recovery is to power the server container on in vSphere.',
  },
  'VN-SERVE-EACH-OTHER': {
    kind: 'refused',
    summary: 'VCHs would serve each other, so that none of them boots before another one.',
    cause:
      'From VIC 1.5.2 on a VCH does not boot while a store is unreachable: after a power failure of all of them they would wait for each other.',
    remedy:
      'Serve the share from a VCH that needs none of these. With --allow-self-hosted it works here too, and the recovery is to power the server containers on in vSphere.',
  },
  'VN-PORT-MAPPED': {
    kind: 'refused',
    summary: 'A share reached through a port mapping of its own VCH can never be mounted by it.',
    cause: 'The endpoint VM does not translate its own traffic, and mappings come back only after the stores.',
    remedy:
      'Serve the share on a container network, where the server container has an address of its own, or from another VCH.',
  },
  'VN-HOST-NAME': {
    kind: 'refused',
    summary: 'Containers of this VCH cannot mount a share that is named by host name.',
    cause: 'Host names in NFS volume stores work for containers from VIC 1.5.0 on only.',
    remedy: 'Register the same share by its IP address.',
  },
  'VN-ADDRESS-UNDECIDABLE': {
    kind: 'refused',
    summary: 'It cannot be decided whether the server container keeps its address.',
    cause: 'The URL of a store is for good; a DHCP address, or one not asked for, may change.',
    remedy:
      'Ask for an address with --ip on a container network that has a gateway. Where the address is reserved by other means, say so with --address-reserved.',
  },
  'VN-DIFFERENT-VCH': {
    kind: 'refused',
    summary: 'The Docker API and the vic-machine target are not the same VCH.',
    cause: 'One VCH would be looked at and another one changed.',
    remedy: 'Make --consumer-host and --vch (or --vch-id) name one VCH, as the commands shown do.',
  },
  'VN-OTHER-CONSUMER': {
    kind: 'refused',
    summary: 'Another VCH uses this export.',
    cause: "One export directory serves one VCH: two would delete each other's volumes.",
    remedy:
      'Give this VCH a share, or a directory of one, of its own; a teardown has to be run for the VCH that is named. Take a record away by hand only when vSphere shows that its VCH is gone for good.',
  },
  'VN-UNRECORDED-VOLUMES': {
    kind: 'refused',
    summary: 'The export holds volumes of a VCH that is not recorded on it.',
    cause: 'Another VCH may be using the export without vicnfs knowing.',
    remedy:
      'Find out which VCH the volumes belong to. When none uses them, register-store --adopt-store takes them over; a teardown leaves the server container to you.',
  },
  'VN-ROOT-OR-DIRECTORIES': {
    kind: 'refused',
    summary: 'The root of a share and directories below it cannot both be stores.',
    cause: 'The VCH of the root would see the directories of the others among its own files.',
    remedy: 'Give each consumer VCH a directory of its own with --directory, or a share of its own.',
  },
  'VN-FOLDER-CLOSED': {
    kind: 'refused',
    summary: 'A folder of the share cannot be looked into, so nobody can tell whether it is the store of a VCH.',
    cause: 'It belongs to another user and is closed to all others.',
    remedy: 'Let others pass through the folder (chmod o+x in the server container), or move it off the share.',
  },
  'VN-NOT-REMOVABLE': {
    kind: 'refused',
    summary: 'The store cannot be un-registered, so its server container stays.',
    cause: 'vic-machine cannot remove a store; only the last configure can be rolled back, and only sometimes.',
    remedy:
      'Leave the server container running, or free its volume with `vicnfs teardown VOLUME --park`: the reason says why no rollback leads back. `vicnfs history` shows what was done to the VCH since.',
  },
  'VN-IN-USE': {
    kind: 'refused',
    summary: 'Containers use volumes of this store.',
    cause: 'They would hang as soon as the server container is gone.',
    remedy:
      'Remove the containers that the error names, running or not; their data stays in the volumes. Then run the same command again.',
  },
  'VN-SERVER-DOWN': {
    kind: 'refused',
    summary: 'The server container is not running, so the record on its share cannot be read.',
    cause: 'Without the record nobody can tell which VCH would lose the share.',
    remedy: 'Start the server container with the command shown, then run the same command again.',
  },
  'VN-SHARE-UNREADABLE': {
    kind: 'refused',
    summary: 'The server container runs, but the record on its share cannot be read from here.',
    cause: 'Without the record nobody can tell which VCH would lose the share.',
    remedy:
      'Make the share readable from this machine; preflight --read-only says what is missing. A server that is broken for good can be stopped, then the journal of this machine stands in for the record.',
  },
  'VN-DELETE-UNCONFIRMED': {
    kind: 'refused',
    summary: 'Data is deleted only when the volume is named for it.',
    cause: 'Safety rule S1: --delete-volume needs --confirm with the very same name.',
    remedy:
      'When the data may really go, name the volume twice: as the target, and after --confirm, together with --delete-volume.',
  },
  'VN-UID-SQUASHED': {
    kind: 'usage',
    summary: 'uid 0 with root squash gives a share that the VCH cannot write.',
    cause: 'The server turns root into nobody.',
    remedy: 'Take --squash no_root_squash, or another --uid and --gid for the store.',
  },
} as const satisfies Record<string, ErrorSpec>
