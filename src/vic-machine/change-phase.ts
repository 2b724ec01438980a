/**
 * How far a change has come, in the order of `configure` (facts/vic-machine.md § 4). Setting the mark, the snapshot and
 * the shutdown come between `validating` and `configuring`, and are not said.
 */
export type ChangePhase =
  'connecting' | 'validating' | 'configuring' | 'starting' | 'checking' | 'rolling-back' | 'completed'

/** The line with which vic-machine enters each phase; all releases say the same, but for the work's name. */
const BEGINNINGS: readonly (readonly [RegExp, ChangePhase])[] = [
  [/^### Configuring VCH ####$/, 'connecting'],
  [/^VCH ID: /, 'validating'],
  [/^Setting VM configuration$/, 'configuring'],
  [/^Waiting for IP information$/, 'starting'],
  [/^Checking VCH connectivity with vSphere target$/, 'checking'],
  [/^(?:Rolling back (?:configure|upgrade)|Attempting rollback of VCH)$/, 'rolling-back'],
  [/^(?:Completed successfully|Reset UpdateInProgress flag successfully)$/, 'completed'],
]

/** The phase that a line begins; undefined for every other line. */
export function phaseBegunBy(text: string): ChangePhase | undefined {
  return BEGINNINGS.find(([pattern]) => pattern.test(text.trim()))?.[1]
}

/** The phases of a run, each as often as it was entered: a rollback starts and checks the VCH again. */
export function phasesOf(texts: readonly string[]): ChangePhase[] {
  return texts.flatMap((text) => phaseBegunBy(text) ?? [])
}
