import {VicnfsError} from '../../model/vicnfs-error.js'
import {check, type Check, type CheckId, type Outcome} from './evidence.js'
import {LINES} from './proof-scripts.js'
import {linesOf, missingOptions, mountOf, wordOf, type SeenMount} from './proof-words.js'
import type {Seen} from './share-data.js'

/** What a proof is judged by, besides what the containers said. */
interface Terms {
  /** `uid:gid` that A and B ran as; undefined for root. */
  readonly user: string | undefined
}

const ALONE = 'not proven here: the containers see no NFS mount of their own, so they ran one after the other'

function compared(
  id: CheckId,
  {wrote, read, durationMs}: {readonly wrote: string; readonly read: string | undefined; readonly durationMs: number},
): Check {
  const detail = read === undefined ? `expected "${wrote}", and nothing was read` : `wrote "${wrote}", read "${read}"`
  return check(id, read === wrote ? 'proven' : 'failed', {detail, durationMs})
}

/** What only two can show who have the volume at the same time. */
function atOnce({a, b, metAtOnce, tookMs}: Seen): Check[] {
  const durationMs = tookMs.b
  const unproven = (id: CheckId): Check => check(id, 'not-proven', {detail: ALONE, durationMs: 0})
  if (!metAtOnce) return [unproven('at-once'), unproven('own-files-at-once'), unproven('append-at-once')]
  const [ofA = '0', ofB = '0'] = [wordOf(b, 'lines'), wordOf(a, 'lines')]
  const areAll = [ofA, ofB].every((count) => Number(count) === LINES)
  const lines = `of ${LINES} lines each, B read ${ofA} of A and A read ${ofB} of B`
  const kept = `${wordOf(a, 'kept') ?? '0'} of ${2 * LINES} lines were kept this time`
  const advice = 'NFS has no append that is safe from other clients: let each container append to a file of its own'
  return [
    check('at-once', 'proven', {detail: 'A had it from before B started until B had read what A answered', durationMs}),
    check('own-files-at-once', areAll ? 'proven' : 'failed', {detail: lines, durationMs}),
    check('append-at-once', 'not-proven', {detail: `${kept}; ${advice}`, durationMs}),
  ]
}

function byTurns({a, metAtOnce, tookMs}: Seen): Check {
  const expected = metAtOnce ? 'a1 b1 a2 b2' : 'a1 b1 a2'
  const turns = wordOf(a, 'turns') ?? ''
  const detail =
    turns === expected ? `the file has ${turns}` : `expected ${expected}, the file has ${turns || 'nothing'}`
  return check('append-by-turns', turns === expected ? 'proven' : 'failed', {detail, durationMs: tookMs.back})
}

function checksum({a, b, tookMs}: Seen): Check {
  const [wrote, read] = [wordOf(a, 'sum'), wordOf(b, 'sum')]
  const isSame = wrote !== undefined && wrote === read
  const detail = isSame ? `sha256 ${wrote}` : `A wrote sha256 ${wrote ?? 'unknown'}, B read ${read ?? 'unknown'}`
  return check('checksum', isSame ? 'proven' : 'failed', {detail, durationMs: tookMs.a + tookMs.b})
}

function mountCheck(mount: SeenMount | undefined, durationMs: number): Check {
  if (mount === undefined) {
    const detail = 'not proven here: the container sees no mount of its own at its folder'
    return check('mount', 'not-proven', {detail, durationMs: 0})
  }
  const missing = missingOptions(mount)
  const seen = `${mount.source} type ${mount.type} (${mount.options.join(',')})`
  if (missing.length === 0) return check('mount', 'proven', {detail: seen, durationMs})
  return check('mount', 'failed', {detail: `without ${missing.join(', ')}: ${seen}`, durationMs})
}

function nonRootCheck({nonRoot: {exitCode, log}, tookMs}: Seen): Check {
  const said = linesOf(log).at(-1)
  const why = said === undefined ? '' : `: ${said}`
  const [outcome, detail]: [Outcome, string] =
    exitCode === 0 ? ['proven', 'it can write'] : ['failed', `it cannot write, exit code ${exitCode}${why}`]
  return check('non-root', outcome, {detail, durationMs: tookMs.nonRoot})
}

/** What the containers have shown. @throws VN-VERIFY-NOT-SHARED for a volume on a disk of the container's own */
export function judge(seen: Seen, {user}: Terms): readonly Check[] {
  const {a, b, aWrote, bWrote, tookMs} = seen
  const mount = mountOf(a)
  if (mount !== undefined && !mount.type.startsWith('nfs')) {
    throw new VicnfsError('VN-VERIFY-NOT-SHARED', `The volume is a disk of the container, of type ${mount.type}.`, {
      reason: 'Two containers that run one after the other read each other’s files on any volume; that proves nothing.',
      details: {mount},
    })
  }
  const owner = user === undefined ? 'as uid 0, gid 0' : `as uid ${user.replace(':', ', gid ')}`
  return [
    compared('a-to-b', {wrote: aWrote, read: wordOf(b, 'read'), durationMs: tookMs.b}),
    compared('b-to-a', {wrote: bWrote, read: wordOf(a, 'read'), durationMs: tookMs.back}),
    ...atOnce(seen),
    byTurns(seen),
    checksum(seen),
    check('owner', 'proven', {detail: owner, durationMs: tookMs.a}),
    nonRootCheck(seen),
    mountCheck(mount, tookMs.a),
  ]
}

/** What is worth knowing though nothing failed. */
export function findingsOf(evidence: readonly Check[], fileSystem: string): string[] {
  const outcomeOf = (id: CheckId): Outcome | undefined => evidence.find((each) => each.id === id)?.outcome
  const findings = ['File locks are not shared between containers: VIC mounts with nolock.']
  if (outcomeOf('mount') === 'not-proven') {
    findings.push(`Not proven here: that the mount is of type nfs (the container sees ${fileSystem}).`)
  }
  if (outcomeOf('at-once') === 'not-proven') {
    findings.push('Not proven here: that two containers use the volume at the same time; they ran one after the other.')
  }
  findings.push('Two containers that append to one file at the same time can lose lines: NFS has no safe append.')
  if (outcomeOf('non-root') === 'failed')
    findings.push('A container that runs as uid 1000 cannot write: register with --uid and --gid for such containers.')
  return findings
}
