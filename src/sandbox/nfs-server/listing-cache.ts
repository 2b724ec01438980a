/** One name with the cookie after which a listing goes on. */
export interface ListedName {
  readonly name: string
  readonly cookie: bigint
}

/** Keeps the sorted names of directories that are being read page by page. */
export interface ListingCache {
  /** @param stamp change time of the directory: another one makes the kept listing void */
  get(key: string, stamp: bigint): readonly ListedName[] | undefined
  put(key: string, stamp: bigint, names: readonly ListedName[]): void
  drop(key: string): void
}

const KEPT = 16

export function createListingCache(): ListingCache {
  const kept = new Map<string, {readonly stamp: bigint; readonly names: readonly ListedName[]}>()
  return {
    get(key, stamp) {
      const found = kept.get(key)
      return found?.stamp === stamp ? found.names : undefined
    },
    put(key, stamp, names) {
      kept.delete(key)
      kept.set(key, {stamp, names})
      if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '')
    },
    drop(key) {
      kept.delete(key)
    },
  }
}

/** Cookies 1 and 2 are `.` and `..`. */
export const FIRST_COOKIE = 3n

/** 52 bits, FNV-1a in two halves: enough that no two names of one directory meet, quick enough for every name. */
function hashName(name: string): bigint {
  let low = 0x81_1c_9d_c5
  let high = 0x01_00_01_93
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01_00_01_93)
    high = Math.imul(high ^ unit ^ (low >>> 24), 0x85_eb_ca_6b)
  }
  return BigInt(high >>> 12) * 0x1_00_00_00_00n + BigInt(low >>> 0)
}

/**
 * Names in the order of their cookies. A cookie depends on the name alone: a listing that is continued after entries
 * came and went, or after a restart, neither repeats nor skips the others.
 */
export function inCookieOrder(names: readonly string[]): ListedName[] {
  const listed = names.map((name) => ({name, cookie: hashName(name) + FIRST_COOKIE}))
  listed.sort((a, b) => (a.cookie < b.cookie ? -1 : a.cookie > b.cookie ? 1 : a.name < b.name ? -1 : 1))
  // Two names of one hash: the later one takes the next number, or a page that ends between them would lose it.
  for (let index = 1; index < listed.length; index++) {
    const before = listed[index - 1]
    const at = listed[index]
    if (before !== undefined && at !== undefined && at.cookie <= before.cookie)
      listed[index] = {name: at.name, cookie: before.cookie + 1n}
  }
  return listed
}
