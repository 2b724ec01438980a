import {orElse} from '../../engine/or-else.js'
import {shellQuote} from '../../model/redaction.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchRow} from '../../vic-machine/vic-machine-api.js'
import type {VicMachineAccess} from '../adapters.js'

/** vic-machine did not come to one VCH: by a wrong name, id or compute resource, or since several have the name. */
const UNDECIDED = new Set(['VN-VICMACHINE-COMPUTE-RESOURCE', 'VN-VICMACHINE-VCH-UNKNOWN'])
const SHOWN = 5

const shown = (rows: readonly VchRow[]): string => {
  const names = rows.slice(0, SHOWN).map(({name, id, path}) => `"${name}" (${id}, ${path})`)
  const more = rows.length > SHOWN ? ` and ${rows.length - SHOWN} more` : ''
  return `${names.join(', ')}${more}`
}

/**
 * Says of a VCH that vic-machine could not single out which ones there are, and how each is named beyond doubt.
 * @returns every other error as it is, and this one too where vic-machine lists none
 */
export async function withCandidates(
  error: unknown,
  {program, selector}: VicMachineAccess,
  options: {readonly signal: AbortSignal},
): Promise<unknown> {
  if (!isVicnfsError(error) || !UNDECIDED.has(error.code)) return error
  const rows = await orElse(program.list(options), [], options)
  if (rows.length === 0) return error
  const named = rows.filter(({name}) => name === selector.name)
  const [candidates, what] =
    named.length > 1
      ? [named, `${named.length} VCHs are named "${selector.name ?? ''}"`]
      : named.length === 1
        ? [named, 'There is one of that name']
        : [rows, 'vic-machine lists']
  const byId = named.length > 0 || selector.id !== undefined
  return new VicnfsError(error.code, error.message, {
    reason: `${what}: ${shown(candidates)}.`,
    tries: candidates
      .slice(0, 2)
      .map(({id, name}) => shellQuote(['export', byId ? `VICNFS_VCH_ID=${id}` : `VICNFS_VCH=${name}`])),
    details: {candidates: candidates.map(({id, name, path}) => ({id, name, path}))},
    cause: error,
  })
}
