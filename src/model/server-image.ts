/** The NFS server image that this release of vicnfs starts by default (DESIGN § 8). */
export const SERVER_IMAGE = 'vicnfs/nfs-server:0.1'
