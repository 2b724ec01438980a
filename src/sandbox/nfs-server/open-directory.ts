import {closeSync, constants, lstatSync, openSync, readdirSync, type BigIntStats} from 'node:fs'
import {bytesOf, hasOddBytes, textOf} from '../../nfs/wire/byte-text.js'

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

/** Path of an open directory itself. */
export const itself = (directoryFd: number): string => `/proc/self/fd/${directoryFd}`

/**
 * Path of an entry below an open directory. Linux resolves the link in /proc to the directory itself, not to its path,
 * so nothing that is renamed or replaced meanwhile can lead elsewhere: it is openat(2) for Node.
 * @param name one component; without it, the directory itself
 */
export function below(directoryFd: number, name = '.'): string | Buffer {
  const path = `${itself(directoryFd)}/${name}`
  return hasOddBytes(name) ? bytesOf(path) : path
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

/** Names in a directory, as they are on the wire. */
export function listNames(directoryFd: number): string[] {
  return readdirSync(below(directoryFd), {encoding: 'buffer'}).map(textOf)
}
