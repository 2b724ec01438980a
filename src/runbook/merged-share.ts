import type {Path} from './problem.js'
import type {Loose, ShapedRunbook} from './schema.js'

type Share = ShapedRunbook['shares'][string]
type Defaults = NonNullable<ShapedRunbook['defaults']>

/** Keys of which a share says one or the other: its own word puts the other one's default out of force. */
export const RIVALS: readonly (readonly [readonly (keyof Share)[], readonly (keyof Share)[]])[] = [
  [['export-opts'], ['allow', 'squash', 'secure-ports']],
  [['scratch'], ['create']],
]

/** A share with the defaults for what it does not say itself. */
export function mergeDefaults(share: Loose<Share>, defaults: Loose<Defaults> | undefined): Loose<Share> {
  const {verify: _, ...inherited} = defaults ?? {}
  const merged: Record<string, unknown> = {...inherited, ...present(share)}
  for (const [some, others] of [...RIVALS, ...RIVALS.map(([a, b]) => [b, a] as const)]) {
    if (!some.some((key) => isSaid(share[key]))) continue
    for (const other of others) if (share[other] === undefined) Reflect.deleteProperty(merged, other)
  }
  return merged
}

/** Where a key of a share stands: in the share, else in the defaults. */
export function placeOfKey(share: string, key: string, has: (path: Path) => boolean): Path {
  const own = ['shares', share, key]
  const inherited = ['defaults', key]
  return !has(own) && has(inherited) ? inherited : own
}

/** `false` is as good as nothing: it asks for what holds anyway. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== false
}

function present(share: Loose<Share>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(share).filter(([, value]) => value !== undefined))
}
