import {VicnfsError} from './vicnfs-error.js'

/** A VCH that boots only while a server container on another VCH runs (VIC ≥ 1.5.2, facts/vic-machine.md § 3). */
export interface Dependence {
  readonly consumer: string
  readonly server: string
}

/** VCHs that wait for each other at boot. */
export interface ServingRing {
  /** The consumer VCH first; each needs the next one to boot, and the last needs the first. */
  readonly vchs: readonly string[]
  /** How the way back from the server VCH is known, as a sentence. */
  readonly known: string
}

/**
 * The shortest ring that a new dependence closes. A VCH that serves itself is no ring: that has a rule of its own.
 * @param known dependences that are there already, or are wanted together with the new one
 * @returns the VCHs of the ring, the consumer first; undefined when there is none
 */
export function ringThrough(
  {consumer, server}: Dependence,
  known: readonly Dependence[],
): readonly [string, string, ...string[]] | undefined {
  if (consumer === server) return undefined
  const reached = new Set([server])
  let ways: (readonly [string, string, ...string[]])[] = [[consumer, server]]
  while (ways.length > 0) {
    const next: typeof ways = []
    for (const way of ways) {
      for (const {server: needed} of known.filter((each) => each.consumer === way.at(-1))) {
        if (needed === consumer) return way
        if (reached.has(needed)) continue
        reached.add(needed)
        next.push([...way, needed])
      }
    }
    ways = next
  }
  return undefined
}

/** Who needs whom, in words: `"a" needs "b" to boot, and "b" needs "a"`. */
export function ringText(vchs: readonly string[]): string {
  const needs = vchs.map((vch, index) => {
    const next = vchs[(index + 1) % vchs.length] ?? ''
    return `"${vch}" needs "${next}"${index === 0 ? ' to boot' : ''}`
  })
  return `${needs.slice(0, -1).join(', ')}, and ${needs.at(-1) ?? ''}`
}

/** A share that is to become a store, and the ring that this would close. */
export interface RingFacts {
  readonly ring?: ServingRing
  /** How the share is called: its volume, or its place. */
  readonly share: string
  /** The command that asks for this registration. */
  readonly again: string
}

const RECOVERY = [
  'If these VCHs ever do not boot: in vSphere, power the VMs of their server containers on (their names begin with "vicnfs-"); the VCHs then boot by themselves.',
]

/** @throws VN-SERVE-EACH-OTHER unless it is consented to, by the same word as for a VCH that serves itself */
export function refuseRing({ring, share, again}: RingFacts, consents: {readonly allowSelfHosted: boolean}): void {
  if (ring === undefined || consents.allowSelfHosted) return
  throw new VicnfsError(
    'VN-SERVE-EACH-OTHER',
    `With "${share}" registered, VCHs would wait for each other: ${ringText(ring.vchs)}.`,
    {
      reason: `From VIC 1.5.2 on a VCH boots only while every store is reachable: after a power failure of all of them none would come up, and nobody could start their servers through them. ${ring.known}`,
      tries: [`${again} --allow-self-hosted`],
      recovery: RECOVERY,
      details: {ring: ring.vchs},
    },
  )
}
