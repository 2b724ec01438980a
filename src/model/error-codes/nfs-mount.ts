import {unproven, type ErrorSpec} from './spec.js'

/** What mountd answers to a mount, by its status (RFC 1813, appendix I). */
export const NFS_MOUNT_ERRORS = {
  'VN-NFS-MNT-PERM': unproven(
    'mountd answered MNT3ERR_PERM.',
    'The server lets only its own administrator mount this path.',
    'Allow the mount for this client on the server.',
  ),
  'VN-NFS-MNT-NOENT': unproven(
    'mountd answered MNT3ERR_NOENT.',
    'The path does not exist on the server.',
    'Make the folder on the server, or correct the path.',
  ),
  'VN-NFS-MNT-IO': unproven(
    'mountd answered MNT3ERR_IO.',
    'The disk behind the share reports errors.',
    "Look after the server's disk, and at its log.",
  ),
  'VN-NFS-MNT-ACCES': unproven(
    'mountd answered MNT3ERR_ACCES.',
    'This client is not among the allowed ones, the path is missing, or a Ganesha server lacks its capabilities.',
    'Put this client among the allowed ones, and check that the folder exists; a Ganesha server needs DAC_READ_SEARCH and SYS_ADMIN.',
  ),
  'VN-NFS-MNT-NOTDIR': unproven(
    'mountd answered MNT3ERR_NOTDIR.',
    'The path is a file on the server.',
    'Name a folder in the URL.',
  ),
  'VN-NFS-MNT-INVAL': unproven(
    'mountd answered MNT3ERR_INVAL.',
    'The server rejects the path as invalid.',
    'Correct the path of the URL.',
  ),
  'VN-NFS-MNT-NAMETOOLONG': unproven(
    'mountd answered MNT3ERR_NAMETOOLONG.',
    'The path is too long for the server.',
    'Export under a shorter path.',
  ),
  'VN-NFS-MNT-NOTSUPP': unproven(
    'mountd answered MNT3ERR_NOTSUPP.',
    'The server cannot serve such a mount.',
    'Take another server: this one cannot be a volume store.',
  ),
  'VN-NFS-MNT-SERVERFAULT': unproven(
    'mountd answered MNT3ERR_SERVERFAULT.',
    'The server failed inside.',
    "Look at the server's log, and start it again.",
  ),
  'VN-NFS-MNT-UNKNOWN': unproven(
    'mountd answered an unknown status.',
    'The server does not keep to the protocol.',
    "Take another server, or look at this one's log.",
  ),
  'VN-NFS-SUBFOLDER': unproven(
    'The export can be mounted, but a folder below it cannot.',
    'Container VMs mount <export>/volumes/<name>; the server must allow mounts of folders below the export.',
    'Allow mounts of folders below the export (crossmnt, no_subtree_check, or "alldirs" on BSD).',
  ),
} as const satisfies Record<string, ErrorSpec>
