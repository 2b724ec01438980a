import {lstatSync, readdirSync, readlinkSync} from 'node:fs'
import path from 'node:path'

/**
 * Whether a symbolic link at `place` (relative to a volume's root) may lead out of the volume: an absolute target, more
 * `..` than folders above, or a `..` behind a name, which may be a link itself.
 */
export function leadsOut(place: string, target: string): boolean {
  if (target.startsWith('/')) return true
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const leading = climbs < 0 ? parts.length : climbs
  const depth = place.split('/').length - 1
  return leading > depth || parts.slice(leading).includes('..')
}

/** The first link of a directory that may lead out of it, relative to it; links are not followed. */
export function findEscapingLink(root: string): string | undefined {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of readdirSync(path.join(root, folder)).sort()) {
      const place = path.posix.join(folder, name)
      const stat = lstatSync(path.join(root, place))
      if (stat.isSymbolicLink() && leadsOut(place, readlinkSync(path.join(root, place)))) return place
      if (stat.isDirectory()) folders.push(place)
    }
  }
  return undefined
}
