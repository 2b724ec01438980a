import {isVicnfsError, VicnfsError} from '../model/vicnfs-error.js'
import {readingCall} from './reading-call.js'
import type {VicMachineCallOptions, VicMachineSettings} from './vic-machine-api.js'

const MISMATCH = 'VN-VICMACHINE-THUMBPRINT-WRONG'

/** The thumbprint that a refusal of vic-machine names; its words are those of src/vic-machine/refusal.ts. */
function thumbprintIn(error: unknown): string | undefined {
  if (!isVicnfsError(error) || error.code !== 'VN-VICMACHINE-THUMBPRINT-MISSING') return undefined
  return /thumbprint is ([0-9A-F]{2}(?::[0-9A-F]{2})+)/.exec(error.message)?.[1]
}

/**
 * Adds to a refused thumbprint the right one. vic-machine names it only when none is given, so it is asked once more:
 * without a thumbprint, and without the password, which must not reach a server that nobody has checked.
 * @returns every other error as it is
 */
export async function withActualThumbprint(
  error: unknown,
  settings: VicMachineSettings,
  options?: VicMachineCallOptions,
): Promise<unknown> {
  if (!isVicnfsError(error) || error.code !== MISMATCH) return error
  const {path, target, user, thumbprint: given = ''} = settings
  const asked: unknown = await readingCall({path, target, user, password: ''}, ['ls'], options).catch(
    (reason: unknown) => reason,
  )
  const actual = thumbprintIn(asked)
  if (actual === undefined) return error
  const inUpperCase = given.toUpperCase() === actual
  const message = `${error.message.replace(/\.$/, '')}, but ${actual}.`
  return new VicnfsError(MISMATCH, message, {
    reason: inUpperCase
      ? error.reason
      : 'Compare it with the one that vCenter shows: its certificate was renewed, or somebody stands between.',
    tries: [`export VIC_MACHINE_THUMBPRINT=${actual}`],
    details: {given, actual},
    cause: error,
  })
}
