import {closeSync, constants, lstatSync, openSync, readdirSync, type BigIntStats} from 'node:fs'

/** Descriptors opened for one request; all are closed when it ends. */
export interface DescriptorScope {
  add(fd: number): number
  closeAll(): void
}

export function createDescriptorScope(): DescriptorScope {
  const fds: number[] = []
  return {
    add(fd) {
      fds.push(fd)
      return fd
    },
    closeAll() {
      for (const fd of fds.splice(0)) closeSync(fd)
    },
  }
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * Path of an entry below an open directory. Linux resolves the link in /proc to the directory itself, not to its path,
 * so nothing that is renamed or replaced meanwhile can lead elsewhere: it is openat(2) for Node.
 * @param name one component; without it, the directory itself
 */
export function below(directoryFd: number, name = '.'): string {
  return `/proc/self/fd/${directoryFd}/${name}`
}

/** Opens the served directory. Its own path may hold links: they are the sandbox's, not a client's. */
export function openRoot(rootDirectory: string, scope: DescriptorScope): number {
  return scope.add(openSync(rootDirectory, constants.O_RDONLY | constants.O_DIRECTORY))
}

/** Opens a sub-directory. @throws ENOTDIR for a symlink, ENOENT */
export function openChild(directoryFd: number, name: string, scope: DescriptorScope): number {
  return scope.add(openSync(below(directoryFd, name), DIRECTORY))
}

/** Walks down from an open directory, one component at a time, following no link. @throws ENOTDIR, ENOENT */
export function openDownwards(directoryFd: number, names: readonly string[], scope: DescriptorScope): number {
  let fd = directoryFd
  for (const name of names) fd = openChild(fd, name, scope)
  return fd
}

export function statBelow(directoryFd: number, name?: string): BigIntStats {
  return lstatSync(below(directoryFd, name), {bigint: true})
}

/** Names in a directory; those that are no UTF-8 are left out, they could not be asked for again. */
export function listNames(directoryFd: number): string[] {
  const names: string[] = []
  for (const raw of readdirSync(below(directoryFd), {encoding: 'buffer'})) {
    const name = raw.toString('utf8')
    if (Buffer.from(name, 'utf8').equals(raw)) names.push(name)
  }
  return names
}
