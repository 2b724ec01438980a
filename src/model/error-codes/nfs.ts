import type {ErrorSpec} from './spec.js'

const refused = (summary: string, cause: string) => ({kind: 'proof', summary, cause}) as const

export const NFS_ERRORS = {
  'VN-NFS-PORT-IN-URL': {
    kind: 'usage',
    summary: 'The host of the NFS URL carries a port.',
    cause: 'A VCH appends ":111" to the host, so that a port in the URL makes an address that it cannot dial.',
  },
  'VN-NFS-ROOT-EXPORT': {
    kind: 'usage',
    summary: 'The path of the NFS URL is "/".',
    cause: 'The root of a server cannot be a volume store.',
  },
  'VN-NFS-NAME': refused(
    'The name of the NFS server cannot be resolved.',
    'The name is misspelt, or the name servers of this machine do not know it.',
  ),
  'VN-NFS-REFUSED': refused(
    'Nobody listens at the port of the port mapper.',
    'The server container is not running or has not started rpcbind yet, or it is another machine.',
  ),
  'VN-NFS-PORT-REFUSED': refused(
    'The port that the port mapper named takes no connections.',
    'The program died after it registered, or the port is not among the published ones.',
  ),
  'VN-NFS-UNREACHABLE': refused(
    'There is no route to the NFS server.',
    'The network of the server is not reachable from this machine, or the address belongs to nobody.',
  ),
  'VN-NFS-TIMEOUT': refused(
    'The NFS server does not take the connection.',
    'A firewall drops the packets, or nobody is at the address.',
  ),
  'VN-NFS-NO-ANSWER': refused(
    'The NFS server took the connection and then did not answer in time.',
    'The server hangs, or a proxy in between waits for a server that is not up yet.',
  ),
  'VN-NFS-PROXY': refused(
    'The connection was accepted and then closed without any answer.',
    'A proxy in between (published ports of a container, NAT) accepts in the place of a server that is not there.',
  ),
  'VN-NFS-CLOSED': refused(
    'The NFS server closed the connection in the middle of the conversation.',
    'The server was stopped, or it crashed on the request.',
  ),
  'VN-NFS-CONNECTION': refused('The connection to the NFS server failed.', 'The operating system says why.'),
  'VN-NFS-GARBAGE': refused(
    'The NFS server answered with something that is not the protocol.',
    'Another program listens at this port, or the server is broken.',
  ),
  'VN-NFS-NO-MOUNTD': refused(
    'The port mapper runs, but mountd version 3 is not registered with it.',
    'The server is still starting, mountd failed to start, or the server speaks NFSv4 only.',
  ),
  'VN-NFS-NO-NFSD': refused(
    'mountd answers, but NFS version 3 is not registered at the port mapper.',
    'The kernel of the server has no nfsd, nfsd is not running, or it speaks NFSv4 only.',
  ),
  'VN-NFS-VERSION': refused(
    'The server offers other versions of the program than the one that a VCH speaks.',
    'A VCH speaks port mapper 2, MOUNT 3 and NFS 3 only; NFSv4-only servers cannot serve it.',
  ),
  'VN-NFS-PROGRAM': refused(
    'The program at the port is not the one that the port mapper promised.',
    'A stale registration points to a port that another program uses now.',
  ),
  'VN-NFS-RPC': refused('The server rejected the remote procedure call.', 'The server is broken or of another kind.'),
  'VN-NFS-AUTH-TOOWEAK': refused(
    'The server finds the credential too weak.',
    'The server demands a source port below 1024, as Ganesha with PrivilegedPort does, or more than AUTH_SYS.',
  ),
  'VN-NFS-AUTH': refused(
    'The server refused the credential.',
    'The export demands another kind of authentication than AUTH_SYS, such as Kerberos.',
  ),
  'VN-NFS-SECURE-EXPORT': refused(
    'The server refuses us, and our requests leave from an unprivileged source port.',
    'An export without the option "insecure" serves source ports below 1024 only; a VCH uses one, we may not.',
  ),
  'VN-NFS-NOT-EXPORTED': refused(
    'The server does not export this path.',
    'The path of the URL differs from the exported one, or the export failed when the server started.',
  ),
  'VN-NFS-MNT-PERM': refused(
    'mountd answered MNT3ERR_PERM.',
    'The server lets only its own administrator mount this path.',
  ),
  'VN-NFS-MNT-NOENT': refused('mountd answered MNT3ERR_NOENT.', 'The path does not exist on the server.'),
  'VN-NFS-MNT-IO': refused('mountd answered MNT3ERR_IO.', 'The disk behind the share reports errors.'),
  'VN-NFS-MNT-ACCES': refused(
    'mountd answered MNT3ERR_ACCES.',
    'This client is not among the allowed ones, the path is missing, or a Ganesha server lacks its capabilities.',
  ),
  'VN-NFS-MNT-NOTDIR': refused('mountd answered MNT3ERR_NOTDIR.', 'The path is a file on the server.'),
  'VN-NFS-MNT-INVAL': refused('mountd answered MNT3ERR_INVAL.', 'The server rejects the path as invalid.'),
  'VN-NFS-MNT-NAMETOOLONG': refused('mountd answered MNT3ERR_NAMETOOLONG.', 'The path is too long for the server.'),
  'VN-NFS-MNT-NOTSUPP': refused('mountd answered MNT3ERR_NOTSUPP.', 'The server cannot serve such a mount.'),
  'VN-NFS-MNT-SERVERFAULT': refused('mountd answered MNT3ERR_SERVERFAULT.', 'The server failed inside.'),
  'VN-NFS-MNT-UNKNOWN': refused('mountd answered an unknown status.', 'The server does not keep to the protocol.'),
  'VN-NFS-SUBFOLDER': refused(
    'The export can be mounted, but a folder below it cannot.',
    'Container VMs mount <export>/volumes/<name>; the server must allow mounts of folders below the export.',
  ),
  'VN-NFS-READ-ONLY': refused(
    'The share is read-only.',
    'It is exported with "ro", or the file system behind it is mounted read-only.',
  ),
  'VN-NFS-WRITE-DENIED': refused(
    'The uid and gid of the URL may not make folders in the root of the export.',
    'The root belongs to another user, or the server squashes root to nobody.',
  ),
  'VN-NFS-DENIED': refused(
    'The server denies access to the uid and gid of the URL.',
    'The folder belongs to another user, or the server squashes root to nobody.',
  ),
  'VN-NFS-FULL': refused('The volume behind the share is full.', 'No space or no quota is left for new folders.'),
  'VN-NFS-NOT-A-DIRECTORY': refused(
    'What should be a folder of the volume store is something else.',
    'A file named "volumes" or "volumes_metadata" lies in the export.',
  ),
  'VN-NFS-STALE': refused(
    'The server does not know the file handle that it gave out.',
    'The file system behind the share was exchanged, or its identity (fsid) changed.',
  ),
  'VN-NFS-BUSY': refused(
    'The server asks to be called again later.',
    'It is in its grace period after a start, or its disk is not ready.',
  ),
  'VN-NFS-SERVER-FAULT': refused('The server failed inside.', 'Its disk reports errors, or the server is broken.'),
  'VN-NFS-READDIRPLUS': refused(
    'The server cannot list folders as a VCH demands.',
    'READDIRPLUS is not supported or switched off.',
  ),
  'VN-NFS-READDIRPLUS-BARE': refused(
    'READDIRPLUS brings entries without attributes or without handles.',
    'A VCH needs both for every entry; VIC 1.2 reads anything else wrongly.',
  ),
  'VN-NFS-KERNEL-MOUNT': refused(
    "Every call of a VCH was answered, but a container's kernel could not mount the share with VIC's options.",
    'The network between the containers and the server drops or changes packets, or the server refuses the container.',
  ),
  'VN-NFS-KERNEL-WRITE': refused(
    "A container's kernel mounted the share, but a file could not be written, read back and removed.",
    "The store's uid may not write, the volume is full, or the server answers small calls only.",
  ),
  'VN-NFS-STATUS': refused('The server answered with an unexpected status.', 'The status says why.'),
  'VN-NFS-NOT-READY': {
    kind: 'timeout',
    summary: 'The share did not become mountable in time.',
    cause: 'The last attempt says what is still missing.',
  },
  'VN-NFS-SHARE-PATH': {
    kind: 'usage',
    summary: 'A path on the share is not a plain relative path.',
    cause: 'Paths are relative to the export, without empty parts, "." and "..".',
  },
  'VN-NFS-SHARE-OPEN': {
    kind: 'failed',
    summary: 'The share could not be opened.',
    cause: 'The NFS server is not reachable or refuses the mount.',
  },
  'VN-NFS-SHARE-READ': {
    kind: 'failed',
    summary: 'Reading from the share failed.',
    cause: 'The NFS server refused the request or went away.',
  },
  'VN-NFS-SHARE-WRITE': {
    kind: 'failed',
    summary: 'Changing the share failed.',
    cause: 'The NFS server refused the request or went away.',
  },
  'VN-NFS-SHARE-TOO-LARGE': {
    kind: 'failed',
    summary: 'A file on the share is larger than expected.',
    cause: 'It was not written by vicnfs, or it is damaged.',
  },
} as const satisfies Record<string, ErrorSpec>
