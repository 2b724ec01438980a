/** What a proof looks at; texts of these ids are in the JSON result. */
export type CheckId =
  | 'volume'
  | 'a-to-b'
  | 'b-to-a'
  | 'at-once'
  | 'own-files-at-once'
  | 'append-by-turns'
  | 'append-at-once'
  | 'checksum'
  | 'owner'
  | 'non-root'
  | 'mount'
  | 'clean-up'

/**
 * `failed`: tried, and it is not so. `not-proven`: this engine cannot show it, or nobody can promise it; never taken for
 * proven.
 */
export type Outcome = 'proven' | 'failed' | 'not-proven'

export interface Check {
  readonly id: CheckId
  readonly title: string
  readonly outcome: Outcome
  /** What was seen. */
  readonly detail: string
  /** How long the containers that showed it took, their start included. */
  readonly durationMs: number
}

const TITLES: Readonly<Record<CheckId, string>> = {
  volume: 'a volume can be made on the store',
  'a-to-b': 'what container A writes, container B reads',
  'b-to-a': 'what container B writes, container A reads',
  'at-once': 'both containers have the volume at the same time',
  'own-files-at-once': "both write at the same time, each to a file of its own, and read the other's",
  'append-by-turns': 'both append to one file by turns',
  'append-at-once': 'both append to one file at the same time',
  checksum: '16 MiB arrive as they were written',
  owner: 'containers that run as the owner of the store write',
  'non-root': 'a container that runs as uid 1000 writes',
  mount: 'the volume is mounted as VIC mounts NFS volumes',
  'clean-up': 'everything made for the proof was removed',
}

export function check(
  id: CheckId,
  outcome: Outcome,
  {detail, durationMs}: {readonly detail: string; readonly durationMs: number},
): Check {
  return {id, title: TITLES[id], outcome, detail, durationMs: Math.round(durationMs)}
}
