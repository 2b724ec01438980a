/** Lines of a container's log, without blanks around them; empty ones are left out. */
export function linesOf(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** What stands behind `key:` in the last line that begins so. */
export function wordOf(log: string, key: string): string | undefined {
  return linesOf(log)
    .findLast((line) => line.startsWith(`${key}:`))
    ?.slice(key.length + 1)
    .trim()
}

/** A mount as the container's kernel shows it. */
export interface SeenMount {
  readonly type: string
  readonly options: readonly string[]
  /** `host:/path`, blanks as the kernel writes them. */
  readonly source: string
}

/** The mount that the container's folder is; undefined where it shows none, as in a sandbox without kernels. */
export function mountOf(log: string): SeenMount | undefined {
  const [, type, options, source] = /^(\S+) (\S+) (\S+)$/.exec(wordOf(log, 'mount') ?? '') ?? []
  if (type === undefined || options === undefined || source === undefined) return undefined
  return {type, options: options.split(','), source}
}

/** What VIC mounts NFS volumes with, always, as far as it matters to users (facts/vch-docker-api.md § 2.4). */
const EXPECTED = ['vers=3', 'hard', 'nolock']

export function missingOptions({options}: SeenMount): readonly string[] {
  return EXPECTED.filter((option) => !options.includes(option))
}
