import path from 'node:path'

import type {Journal} from '../../../journal/journal.js'
import type {Phase} from '../../../runbook/runbook.js'
import {endpointKey} from '../../vch-lock.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope} from '../scope.js'

/** Around this phase the operator's steps were begun and not ended: of the whole run, or of one VCH in it. */
interface PhaseName {
  readonly phase: Phase
  readonly vch?: string | undefined
}

export const phaseId = ({phase, vch = ''}: PhaseName): string => `${phase}/${vch}`

type Place = Pick<Scope, 'runbook' | 'keys'>

/**
 * A whole phase is noted under one VCH only: an entry with the keys of two would say that they are one.
 * @returns undefined for a runbook of nothing but steps: those that run at all run at every apply
 */
function placeOf(
  adapters: RunbookAdapters,
  {keys}: Place,
  {vch}: PhaseName,
): {journal: Journal; key: string} | undefined {
  const at = vch ?? keys[0]
  if (at === undefined) return undefined
  const {journal, server} = adapters.one(at)
  return {journal, key: endpointKey(server.endpoint)}
}

const nameOf = ({runbook: {file}}: Place): string => (file === '-' ? file : path.resolve(file))

async function openOf(adapters: RunbookAdapters, scope: Place, name: PhaseName) {
  const place = placeOf(adapters, scope, name)
  if (place === undefined) return undefined
  const {journal, key} = place
  const all = await journal.openIntents([key])
  const open = all.filter(({action, data}) => {
    return action === 'runbook-phase' && data['runbook'] === nameOf(scope) && data['phase'] === phaseId(name)
  })
  return {journal, key, open}
}

/** Phases whose steps an earlier run has begun and, failed or killed, not ended: what it stopped may still stand still. */
export async function openPhases(adapters: RunbookAdapters, scope: Scope): Promise<ReadonlySet<string>> {
  const open = new Set<string>()
  for (const step of scope.steps) {
    if (((await openOf(adapters, scope, step))?.open ?? []).length > 0) open.add(phaseId(step))
  }
  return open
}

/** Writes down that the steps around a phase begin. */
export async function beginPhase(adapters: RunbookAdapters, scope: Place, name: PhaseName): Promise<void> {
  const place = placeOf(adapters, scope, name)
  if (place === undefined) return
  const {journal, key} = place
  const data = {runbook: nameOf(scope), phase: phaseId(name)}
  await journal.append({kind: 'intent', action: 'runbook-phase', vch: {keys: [key]}, data})
}

/** Writes down that they have ended, also for earlier runs. */
export async function endPhase(adapters: RunbookAdapters, scope: Place, name: PhaseName): Promise<void> {
  const found = await openOf(adapters, scope, name)
  if (found === undefined) return
  const {journal, key, open} = found
  for (const {id: of} of open) {
    await journal.append({kind: 'result', action: 'runbook-phase', vch: {keys: [key]}, of, data: {outcome: 'done'}})
  }
}
