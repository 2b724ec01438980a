import type {ContainerMount} from '../state/sandbox-state.js'
import {VchError} from './vch-error.js'

const ENGINE = 'vicnfs sandbox (engine process):'

function mentions(text: string, destination: string): boolean {
  const escaped = destination.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w./-])${escaped}(?![\\w.-])`).test(text)
}

/**
 * Refuses what a child process on this machine cannot do honestly: a mount point exists for it as its working folder
 * only, so an absolute path would silently mean this machine's own folder.
 * @throws VchError 500
 */
export function guardCommand(command: readonly string[], mounts: readonly ContainerMount[]): void {
  for (const {destination} of mounts) {
    if (!command.some((word) => mentions(word, destination))) continue
    throw new VchError(
      500,
      `${ENGINE} the command names ${destination} by its absolute path, which is no mount point on this machine; ` +
        `set the working directory to ${destination} and use relative names`,
    )
  }
}

/** @returns numeric uid and gid of `User`, 0:0 when empty, the gid as the uid when left out @throws VchError 500 on names */
export function numericUser(user: string): {readonly uid: number; readonly gid: number} {
  if (user === '') return {uid: 0, gid: 0}
  const match = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(user)
  if (match === null) {
    throw new VchError(500, `${ENGINE} user "${user}" is not numeric, and there is no image to look its uid up in`)
  }
  const uid = Number(match[1])
  return {uid, gid: match[2] === undefined ? uid : Number(match[2])}
}

/** A VMDK volume is its real directory, which cannot be write-protected for one process only. @throws VchError 500 */
export function guardReadOnlyDisks(mounts: readonly ContainerMount[]): void {
  const disk = mounts.find((mount) => mount.readOnly && mount.nfs === undefined)
  if (disk !== undefined) {
    throw new VchError(500, `${ENGINE} volume ${disk.volume} is no NFS volume and cannot be mounted read-only here`)
  }
}

/** A volume mounted inside another one would need a mount of this machine's own. @throws VchError 500 */
export function guardNestedMounts(mounts: readonly ContainerMount[]): void {
  for (const {destination} of mounts) {
    const outer = mounts.find((mount) => destination.startsWith(`${mount.destination}/`))
    if (outer === undefined) continue
    throw new VchError(
      500,
      `${ENGINE} ${destination} lies in the volume at ${outer.destination}, and a volume cannot be mounted in another one here`,
    )
  }
}
