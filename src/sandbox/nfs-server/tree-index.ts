/** Where a file was last seen. */
interface Place {
  readonly parentKey: string
  readonly name: string
}

/**
 * Remembers under which name each inode was last seen, since a handle names an inode and the disk knows only paths.
 * It is a hint: whoever uses a path checks that the inode is still there, and scans the directory again if not.
 */
export interface TreeIndex {
  record(key: string, parentKey: string, name: string): void
  forget(key: string): void
  /** @returns names from the root downwards, or undefined when nothing consistent is known */
  pathOf(key: string, rootKey: string): string[] | undefined
  clear(): void
}

/** Deeper trees cannot be reached by their path on Linux anyway (PATH_MAX 4096, two bytes a level). */
const DEPTH_LIMIT = 2048

export function createTreeIndex(): TreeIndex {
  const places = new Map<string, Place>()
  return {
    record(key, parentKey, name) {
      places.set(key, {parentKey, name})
    },
    forget(key) {
      places.delete(key)
    },
    pathOf(key, rootKey) {
      const names: string[] = []
      let at = key
      while (at !== rootKey) {
        const place = places.get(at)
        // A cycle is possible when directories were moved behind the server's back.
        if (place === undefined || names.length > DEPTH_LIMIT) return undefined
        names.push(place.name)
        at = place.parentKey
      }
      return names.reverse()
    },
    clear() {
      places.clear()
    },
  }
}
