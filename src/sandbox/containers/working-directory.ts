import {existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync, unlinkSync} from 'node:fs'
import path from 'node:path'
import {VchError} from './vch-error.js'

/** A mount point and the directory on this machine that stands for it. */
export interface MountedDirectory {
  readonly destination: string
  readonly directory: string
}

/** The innermost mount that a path of the container lies in. */
export function mountOf(mounts: readonly MountedDirectory[], location: string): MountedDirectory | undefined {
  const within = mounts.filter(({destination}) => location === destination || location.startsWith(`${destination}/`))
  return within.sort((left, right) => right.destination.length - left.destination.length)[0]
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(path.dirname(directory))
}

/** Makes a folder below `base`; a link in it that leads out of `base` is refused. @throws VchError 500 */
function makeWithin(base: string, relative: string): string {
  const directory = path.join(base, relative)
  const root = realpathSync(base)
  const real = realpathSync(nearestExisting(directory))
  if (real !== root && !real.startsWith(`${root}${path.sep}`)) {
    throw new VchError(500, `vicnfs sandbox (engine process): ${relative} leads out of its volume`)
  }
  try {
    mkdirSync(directory, {recursive: true})
  } catch (error) {
    const {code = ''} = error as NodeJS.ErrnoException
    throw new VchError(500, `vicnfs sandbox (engine process): ${relative} cannot be made in its volume (${code})`)
  }
  return directory
}

/** Mount points lie in scratch space as links, so that a relative name from outside a volume leads into it. */
function linkMounts(mounts: readonly MountedDirectory[], scratch: string): void {
  for (const {destination, directory} of mounts) {
    const parent = makeWithin(scratch, path.posix.dirname(destination).slice(1))
    const place = path.join(parent, path.posix.basename(destination))
    const found = lstatSync(place, {throwIfNoEntry: false})
    if (found !== undefined && !found.isSymbolicLink()) continue
    if (found !== undefined) unlinkSync(place)
    symlinkSync(directory, place)
  }
}

/** The directory on this machine for a path of the container: in a mounted volume, else in private scratch space. */
export function directoryFor(location: string, mounts: readonly MountedDirectory[], scratch: string): string {
  const wanted = path.posix.resolve('/', location)
  const mount = mountOf(mounts, wanted)
  if (mount !== undefined) return makeWithin(mount.directory, path.posix.relative(mount.destination, wanted))
  mkdirSync(scratch, {recursive: true, mode: 0o700})
  linkMounts(mounts, scratch)
  return makeWithin(scratch, wanted.slice(1))
}
