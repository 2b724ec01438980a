import {NFS_MOUNT_ERRORS} from './nfs-mount.js'
import {unproven, type ErrorSpec} from './spec.js'

export const NFS_ERRORS = {
  'VN-NFS-PORT-IN-URL': {
    kind: 'usage',
    summary: 'The host of the NFS URL carries a port.',
    cause: 'A VCH appends ":111" to the host, so that a port in the URL makes an address that it cannot dial.',
    remedy: 'Leave the port out of the URL.',
  },
  'VN-NFS-ROOT-EXPORT': {
    kind: 'usage',
    summary: 'The path of the NFS URL is "/".',
    cause: 'The root of a server cannot be a volume store.',
    remedy: 'Export a folder below the root and name it in the URL.',
  },
  'VN-NFS-NAME': unproven(
    'The name of the NFS server cannot be resolved.',
    'The name is misspelt, or the name servers of this machine do not know it.',
    'Check the name, or take the address of the server.',
  ),
  'VN-NFS-REFUSED': unproven(
    'Nobody listens at the port of the port mapper.',
    'The server container is not running or has not started rpcbind yet, or it is another machine.',
    'Start the server container (vicnfs expose-volume), and check the address in the URL.',
  ),
  'VN-NFS-PORT-REFUSED': unproven(
    'The port that the port mapper named takes no connections.',
    'The program died after it registered, or the port is not among the published ones.',
    'Start the server container again, and publish or open the ports of mountd and nfsd.',
  ),
  'VN-NFS-UNREACHABLE': unproven(
    'There is no route to the NFS server.',
    'The network of the server is not reachable from this machine, or the address belongs to nobody.',
    'Run preflight where the network is reachable, or let a container of the VCH look with --from vch.',
  ),
  'VN-NFS-TIMEOUT': unproven(
    'The NFS server does not take the connection.',
    'A firewall drops the packets, or nobody is at the address.',
    'Open the way through the firewall (TCP 111, 2049, the ports of mountd and lockd), or look with --from vch.',
  ),
  'VN-NFS-NO-ANSWER': unproven(
    'The NFS server took the connection and then did not answer in time.',
    'The server hangs, or a proxy in between waits for a server that is not up yet.',
    'Look at the log of the server container, and start it again if it hangs.',
  ),
  'VN-NFS-PROXY': unproven(
    'The connection was accepted and then closed without any answer.',
    'A proxy in between (published ports of a container, NAT) accepts in the place of a server that is not there.',
    'See whether the server container runs: what accepts the connection is not the server.',
  ),
  'VN-NFS-CLOSED': unproven(
    'The NFS server closed the connection in the middle of the conversation.',
    'The server was stopped, or it crashed on the request.',
    'Look at the log of the server container, and try again.',
  ),
  'VN-NFS-CONNECTION': unproven(
    'The connection to the NFS server failed.',
    'The operating system says why.',
    'Mend what the operating system names, then try again.',
  ),
  'VN-NFS-GARBAGE': unproven(
    'The NFS server answered with something that is not the protocol.',
    'Another program listens at this port, or the server is broken.',
    'Check the address: rpcinfo -p HOST shows what runs there.',
  ),
  'VN-NFS-NO-MOUNTD': unproven(
    'The port mapper runs, but mountd version 3 is not registered with it.',
    'The server is still starting, mountd failed to start, or the server speaks NFSv4 only.',
    'Wait for the server to come up, or enable MOUNT version 3 on it.',
  ),
  'VN-NFS-NO-NFSD': unproven(
    'mountd answers, but NFS version 3 is not registered at the port mapper.',
    'The kernel of the server has no nfsd, nfsd is not running, or it speaks NFSv4 only.',
    'Start nfsd with NFS version 3; the server image takes NFS-Ganesha where the kernel has none.',
  ),
  'VN-NFS-VERSION': unproven(
    'The server offers other versions of the program than the one that a VCH speaks.',
    'A VCH speaks port mapper 2, MOUNT 3 and NFS 3 only; NFSv4-only servers cannot serve it.',
    'Enable NFS version 3 and MOUNT version 3 on the server.',
  ),
  'VN-NFS-PROGRAM': unproven(
    'The program at the port is not the one that the port mapper promised.',
    'A stale registration points to a port that another program uses now.',
    'Restart the NFS server together with its port mapper, so that old registrations go.',
  ),
  'VN-NFS-RPC': unproven(
    'The server rejected the remote procedure call.',
    'The server is broken or of another kind.',
    'Check that it is an NFS server of the usual kind; its log may say what it did not like.',
  ),
  'VN-NFS-AUTH-TOOWEAK': unproven(
    'The server finds the credential too weak.',
    'The server demands a source port below 1024, as Ganesha with PrivilegedPort does, or more than AUTH_SYS.',
    'Let the server accept unprivileged source ports ("insecure", PrivilegedPort = false), or run preflight as root.',
  ),
  'VN-NFS-AUTH': unproven(
    'The server refused the credential.',
    'The export demands another kind of authentication than AUTH_SYS, such as Kerberos.',
    'Allow sec=sys on the export.',
  ),
  'VN-NFS-SECURE-EXPORT': unproven(
    'The server refuses us, and our requests leave from an unprivileged source port.',
    'An export without the option "insecure" serves source ports below 1024 only; a VCH uses one, we may not.',
    'Add "insecure" to the options of the export, run preflight as root, or look with --from vch.',
  ),
  'VN-NFS-NOT-EXPORTED': unproven(
    'The server does not export this path.',
    'The path of the URL differs from the exported one, or the export failed when the server started.',
    'Take one of the paths that the error lists, or export this one.',
  ),
  ...NFS_MOUNT_ERRORS,
  'VN-NFS-READ-ONLY': unproven(
    'The share is read-only.',
    'It is exported with "ro", or the file system behind it is mounted read-only.',
    'Export with "rw", and mount the file system behind it for writing.',
  ),
  'VN-NFS-WRITE-DENIED': unproven(
    'The uid and gid of the URL may not make folders in the root of the export.',
    'The root belongs to another user, or the server squashes root to nobody.',
    "Give the root of the export to the store's uid, or export with no_root_squash for uid 0.",
  ),
  'VN-NFS-DENIED': unproven(
    'The server denies access to the uid and gid of the URL.',
    'The folder belongs to another user, or the server squashes root to nobody.',
    "Give the folder to the store's uid, or export with no_root_squash for uid 0.",
  ),
  'VN-NFS-FULL': unproven(
    'The volume behind the share is full.',
    'No space or no quota is left for new folders.',
    'Make room on the volume, or raise the quota.',
  ),
  'VN-NFS-NOT-A-DIRECTORY': unproven(
    'What should be a folder of the volume store is something else.',
    'A file named "volumes" or "volumes_metadata" lies in the export.',
    'Move the file "volumes" or "volumes_metadata" out of the export.',
  ),
  'VN-NFS-STALE': unproven(
    'The server does not know the file handle that it gave out.',
    'The file system behind the share was exchanged, or its identity (fsid) changed.',
    'Keep one file system with one fsid behind the export, and start the server again.',
  ),
  'VN-NFS-BUSY': unproven(
    'The server asks to be called again later.',
    'It is in its grace period after a start, or its disk is not ready.',
    'Wait until the grace period is over (up to 90 seconds), and try again.',
  ),
  'VN-NFS-SERVER-FAULT': unproven(
    'The server failed inside.',
    'Its disk reports errors, or the server is broken.',
    "Look after the server's disk, and at its log.",
  ),
  'VN-NFS-READDIRPLUS': unproven(
    'The server cannot list folders as a VCH demands.',
    'READDIRPLUS is not supported or switched off.',
    'Allow READDIRPLUS on the server.',
  ),
  'VN-NFS-READDIRPLUS-BARE': unproven(
    'READDIRPLUS brings entries without attributes or without handles.',
    'A VCH needs both for every entry; VIC 1.2 reads anything else wrongly.',
    'Take a server that fills READDIRPLUS in, such as the server image of vicnfs.',
  ),
  'VN-NFS-KERNEL-MOUNT': unproven(
    "Every call of a VCH was answered, but a container's kernel could not mount the share with VIC's options.",
    'The network between the containers and the server drops or changes packets, or the server refuses the container.',
    "See what a packet filter between the containers' network and the server drops, and whom the export allows.",
  ),
  'VN-NFS-KERNEL-WRITE': unproven(
    "A container's kernel mounted the share, but a file could not be written, read back and removed.",
    "The store's uid may not write, the volume is full, or the server answers small calls only.",
    'Check owner and room of the export, and the MTU of the network: small calls get through where large ones do not.',
  ),
  'VN-NFS-STATUS': unproven(
    'The server answered with an unexpected status.',
    'The status says why.',
    'Look up the status that the error names, and at the log of the server.',
  ),
  'VN-NFS-NOT-READY': {
    kind: 'timeout',
    summary: 'The share did not become mountable in time.',
    cause: 'The last attempt says what is still missing.',
    remedy:
      'See what the last attempt lacked, look at the log of the server container, or wait longer with --ready-timeout.',
  },
  'VN-NFS-SHARE-PATH': {
    kind: 'usage',
    summary: 'A path on the share is not a plain relative path.',
    cause: 'Paths are relative to the export, without empty parts, "." and "..".',
    remedy: 'Take a plain relative path.',
  },
  'VN-NFS-SHARE-OPEN': {
    kind: 'failed',
    summary: 'The share could not be opened.',
    cause: 'The NFS server is not reachable or refuses the mount.',
    remedy: 'Run vicnfs preflight on the URL: it shows which step fails.',
  },
  'VN-NFS-SHARE-READ': {
    kind: 'failed',
    summary: 'Reading from the share failed.',
    cause: 'The NFS server refused the request or went away.',
    remedy: 'Look whether the server container runs, then run the same command again.',
  },
  'VN-NFS-SHARE-WRITE': {
    kind: 'failed',
    summary: 'Changing the share failed.',
    cause: 'The NFS server refused the request or went away.',
    remedy: 'Look whether the server container runs and the volume has room, then run the same command again.',
  },
  'VN-NFS-SHARE-TOO-LARGE': {
    kind: 'failed',
    summary: 'A file on the share is larger than expected.',
    cause: 'It was not written by vicnfs, or it is damaged.',
    remedy: 'Look at the file on the share; remove it only if you know what it is.',
  },
} as const satisfies Record<string, ErrorSpec>
