/** The NFS server image that `expose-volume` starts when no other is named. */
export const SERVER_IMAGE = 'vicnfs/nfs-server:0.1'
