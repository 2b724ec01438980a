/**
 * Packages of Debian that tests need, by what they are for. The preparation of a run finds by `PACKAGES.<name>` in what a
 * test file imports which of them it installs.
 */
export const PACKAGES = {
  engine: ['docker.io', 'iptables', 'iproute2', 'ca-certificates'],
  debianBase: ['mmdebstrap'],
  containerVms: [
    ...['qemu-system-x86', 'qemu-utils', 'seabios', 'busybox-static', 'cpio', 'kmod', 'e2fsprogs', 'iproute2'],
    ...['gzip', 'tar', 'util-linux', 'perl-base'],
  ],
  registry: ['perl-base'],
  /** netbase has the names of programs and protocols, without which rpcinfo and showmount find no host. */
  nfsClients: ['libnfs-utils', 'rpcbind', 'nfs-common', 'netbase'],
  networks: ['iproute2'],
  shellScripts: ['shellcheck'],
} as const satisfies Readonly<Record<string, readonly string[]>>
