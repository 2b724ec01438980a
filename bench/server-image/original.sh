#!/bin/bash
# The NFS server container that vicnfs replaces, typed anew from its description for comparison: no checks, init scripts,
# a renamed sleep as main process, a trap that ends it.
EXPORT_FOLDER=${EXPORT_FOLDER:-/home/nfs}
MOUNTD_PORT=${MOUNTD_PORT:-32767}
LOCKD_PORT=${LOCKD_PORT:-32768}
EXPORT_OPTS=${EXPORT_OPTS:-*(rw,no_root_squash,no_subtree_check)}

finish() { kill "$(pgrep nfs-main)"; }
trap finish EXIT

[ -d "$EXPORT_FOLDER" ] || mkdir "$EXPORT_FOLDER"
modprobe nfs
sysctl -q -w fs.nfs.nlm_tcpport="$LOCKD_PORT" fs.nfs.nlm_udpport="$LOCKD_PORT"
sed -i "s/^RPCMOUNTDOPTS=.*/RPCMOUNTDOPTS=\"--manage-gids -p $MOUNTD_PORT\"/" /etc/default/nfs-kernel-server
echo "$EXPORT_FOLDER $EXPORT_OPTS" >/etc/exports
service rpcbind start
service nfs-kernel-server start
exportfs -av
ln -sf /bin/sleep /usr/local/bin/nfs-main
nfs-main infinity
