import type {VicTraits} from '../../model/vic-version.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'

/** The ways out of a half-done change that this release of VIC really has (DESIGN § 4, "Rollback has two uses"). */
export function recoverySteps(
  subject: {readonly traits: VicTraits; readonly added: readonly VolumeStore[]; readonly vchName: string},
  options: {readonly share?: string; readonly twoSnapshots: boolean; readonly triedRollback: boolean},
): string[] {
  const {traits, added, vchName} = subject
  const first = added[0]
  if (first === undefined) return [`Look at the VCH "${vchName}" in vSphere: it must be powered on and answer.`]
  const again = `vicnfs register-store ${first.label} ${options.share === undefined ? `--url '${storeUrl(first)}'` : `--share ${options.share}`}`
  const start = options.share === undefined ? 'start its NFS server again' : `vicnfs expose-volume ${options.share}`
  if (!traits.bootLoop) {
    return [
      `Make ${storeUrl(first)} mountable again (${start}).`,
      `Restart the endpoint VM of "${vchName}" in vSphere: this release takes up a store at boot only.`,
      `Run: ${again} --reset-progress`,
    ]
  }
  const snapshot =
    options.twoSnapshots || !options.triedRollback
      ? 'in vSphere, revert the endpoint VM to its newest snapshot "reconfigure for …" and power it on'
      : 'in vSphere, look at the snapshots of the endpoint VM and revert to the newest "reconfigure for …"'
  return [
    `Either (a): any NFS server that answers at this address and path ends the boot loop: ${start}; expected is ${storeUrl(first)}.`,
    `   then run: ${again} --reset-progress`,
    `Or (b): ${snapshot};`,
    `   then run: ${again} --reset-progress (or vicnfs teardown, if the share is no longer wanted)`,
  ]
}
