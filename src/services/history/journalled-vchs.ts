import {orElse} from '../../engine/or-else.js'
import type {JournalEntry, JournalledVch, JournalRecord} from '../../journal/entry.js'
import type {Journal} from '../../journal/journal.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {endpointKey, resolvedKeys} from '../vch-lock.js'

/** What a VCH is called, as far as the journal knows. */
export interface VchNames {
  readonly name?: string
  /** Id of the endpoint VM. */
  readonly id?: string
  readonly endpoint?: string
}

const ENDPOINT = endpointKey('')
const VM = 'vm:'

const endpointOf = (keys: readonly string[]): string | undefined =>
  keys.find((key) => key.startsWith(ENDPOINT))?.slice(ENDPOINT.length)

const vmIdOf = (keys: readonly string[]): string | undefined => {
  const key = keys.find((each) => each.startsWith(VM))
  return key?.slice(key.lastIndexOf('/') + 1)
}

/** A key of a VCH: its VM, else an endpoint, which may have been given to another VCH since. */
const identifying = (keys: readonly string[]): readonly string[] => {
  const vms = keys.filter((key) => key.startsWith(VM))
  return vms.length > 0 ? vms : keys
}

/** Only changes through vic-machine say the name of their VCH; whatever else was done on it is told with it. */
export function namesOf(entries: readonly JournalEntry[]): (vch: JournalledVch) => VchNames {
  const byKey = new Map<string, {name: string; id: string | undefined}>()
  for (const {vch} of entries) {
    if (vch.name === undefined) continue
    for (const key of vch.keys) byKey.set(key, {name: vch.name, id: vch.id})
  }
  return ({name, id, keys}) => {
    const known = identifying(keys)
      .map((key) => byKey.get(key))
      .find((each) => each !== undefined)
    const endpoint = endpointOf(keys)
    const own = {name: name ?? known?.name, id: id ?? vmIdOf(keys) ?? known?.id, endpoint}
    return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  }
}

function unknownVch(vch: string, entries: readonly JournalEntry[]): VicnfsError {
  const names = namesOf(entries)
  const known = new Set(entries.map((entry) => names(entry.vch)).map(({name, endpoint, id}) => name ?? endpoint ?? id))
  return new VicnfsError('VN-SETTING-BAD', `The journal knows no VCH "${vch}".`, {
    reason: known.size === 0 ? 'It is empty.' : `It knows: ${[...known].join(', ')}.`,
    tries: ['vicnfs history'],
  })
}

/** What was done at a Docker endpoint, also by another spelling of it. */
async function atEndpoint(vch: string, entries: readonly JournalEntry[], signal: AbortSignal): Promise<JournalEntry[]> {
  const endpoint = endpointKey(vch)
  const spellings = new Set(await orElse(resolvedKeys([endpoint], {signal}), [endpoint], {signal}))
  return entries.filter(({vch: of}) => of.keys.some((key) => spellings.has(key)))
}

/** What was done to a VCH that is named in any of its ways. @throws VN-SETTING-BAD where the journal does not know it */
export async function recordsOf(
  journal: Pick<Journal, 'history'>,
  options: {readonly vch: string; readonly entries: readonly JournalEntry[]; readonly signal: AbortSignal},
): Promise<JournalRecord[]> {
  const {vch, entries, signal} = options
  const named = entries.filter(({vch: of}) => of.name === vch || of.id === vch || vmIdOf(of.keys) === vch)
  const direct = named.length > 0 ? named : await atEndpoint(vch, entries, signal)
  if (direct.length === 0) throw unknownVch(vch, entries)
  return journal.history([...new Set(direct.flatMap(({vch: of}) => of.keys))])
}
