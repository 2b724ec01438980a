import type {KernelRungId, RungId} from './report.js'

/** What each rung does, in words; \`image/lib/ShareCheck\` has the same ones. */
export const RUNG_TITLES: Readonly<Record<RungId | KernelRungId, string>> = {
  portmap: 'Ask the port mapper for mountd',
  mountd: 'Mount the export',
  nfsd: 'Connect to NFS version 3',
  fsinfo: 'Read the limits of the file system',
  write: 'Make the folders of a volume store',
  unmount: 'Unmount',
  remount: 'Mount once more',
  lookup: 'Find the folders',
  readdirplus: 'List the volumes with attributes and handles',
  subfolder: 'Mount a folder below the export, as container VMs do',
  'kernel-mount': "Mount with the kernel's NFS client, with VIC's options",
  'kernel-write': 'Write, read back and remove a file through that client',
}
