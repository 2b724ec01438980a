import type {JournalEntry} from '../../journal/entry.js'
import {shellQuote} from '../../model/redaction.js'
import {ROLE_PARKED} from '../../model/share.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {Adapters} from '../adapters.js'
import {exposeCommand} from '../share/expose-command.js'
import {findParked, findServer, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import {LABELS} from '../../model/share.js'
import type {Occupant} from '../share/occupant.js'
import {endpointKey, resolvedKeys} from '../vch-lock.js'
import {parkCommand} from './parkable.js'

/** An exchange of the container at the address of a share, as the journal keeps it: enough to finish it or to take it back. */
export interface ExchangePlan {
  /** The share that is to be at the address then; another one than before where its data has moved. */
  readonly share: string
  /** Label of the new container: by this a later run knows it from the old one. */
  readonly run: string
  readonly from: Occupant
  readonly to: Occupant
  readonly stores: readonly ShareAddress[]
  /** It lets other clients mount: it counts only once the VCH itself has tried it, which a later run cannot know. */
  readonly asksVch?: boolean
}

export const EXCHANGE = 'server-exchange'

/** The command that brings back, or keeps, what stood there before an exchange. */
export function restoreCommand({role, request}: Occupant): string {
  return role === ROLE_PARKED ? shellQuote(parkCommand(request.name)) : exposeCommand(request)
}

/** What an exchange does to its share, as in "is being …". */
export function exchangeWord({from, to}: ExchangePlan): string {
  if (from.request.name !== to.request.name) return `moved to "${to.request.name}"`
  if (to.role === ROLE_PARKED) return 'parked'
  return from.role === ROLE_PARKED ? 'un-parked' : 'given a new server container'
}

/** Commands that end an exchange whose run is gone: the one that goes on with it, and the one that takes it back. */
export function endCommands({from, to}: ExchangePlan): string[] {
  // One for another is settled as the earlier run left it, and only the operator knows which settings he wants then.
  return from.role === to.role ? [restoreCommand(from)] : [restoreCommand(to), restoreCommand(from)]
}

/** The plan with what else the journal is searched by. */
export function exchangeData(plan: ExchangePlan, old: ServerContainer): Readonly<Record<string, unknown>> {
  const {request, choice} = plan.from
  return {...plan, address: choice.address, path: request.exportFolder, id: old.container.id}
}

/** What stands at the place of a share right now, running or not. */
export async function occupantNow(
  adapters: Pick<Adapters, 'server'>,
  share: string,
  signal: AbortSignal,
): Promise<ServerContainer | ParkedContainer | undefined> {
  return (await findServer(adapters.server, share, {signal})) ?? (await findParked(adapters.server, share, {signal}))
}

/** What stands at the address of an exchange right now: the new container under its name, else whatever has the old name. */
export async function occupantIn(
  adapters: Pick<Adapters, 'server'>,
  {run, from, to}: ExchangePlan,
  signal: AbortSignal,
): Promise<ServerContainer | ParkedContainer | undefined> {
  if (to.request.name !== from.request.name) {
    const made = await occupantNow(adapters, to.request.name, signal)
    if (made?.container.labels[LABELS.run] === run) return made
  }
  return occupantNow(adapters, from.request.name, signal)
}

/** Whether an exchange is about this share, before or after it. */
export function isAbout({from, to}: ExchangePlan, share: string): boolean {
  return from.request.name === share || to.request.name === share
}

export interface OpenExchange {
  readonly intent: JournalEntry
  readonly plan: ExchangePlan
}

/** Whether an entry is about the server VCH: one endpoint has many spellings, and that of a run may not be that of this one. */
async function isOfServer({server}: Pick<Adapters, 'server'>, signal: AbortSignal) {
  const ours = new Set(await resolvedKeys([endpointKey(server.endpoint)], {signal}))
  return async ({vch}: JournalEntry): Promise<boolean> =>
    (await resolvedKeys(vch.keys, {signal})).some((key) => ours.has(key))
}

/** Exchanges on this server VCH that a run began and did not end, oldest first. */
export async function openExchanges(
  adapters: Pick<Adapters, 'server' | 'journal'>,
  signal: AbortSignal,
): Promise<OpenExchange[]> {
  const ours = await isOfServer(adapters, signal)
  const open: OpenExchange[] = []
  for (const {intent, result} of await adapters.journal.history()) {
    if (intent.action !== EXCHANGE || result !== undefined || !(await ours(intent))) continue
    open.push({intent, plan: intent.data as unknown as ExchangePlan})
  }
  return open
}

interface Move {
  /** Names of the volumes. */
  readonly from: string
  readonly to: string
}

/** Whether an exchange is that of a share which moves from one volume to another. */
export function isMove({from, to}: ExchangePlan, move: Move): boolean {
  return from.request.name === move.from && to.request.name === move.to
}

/** Whether a share of this server VCH has moved from one volume to another, by the journal of this machine. */
export async function hasMoved(
  adapters: Pick<Adapters, 'server' | 'journal'>,
  move: Move,
  signal: AbortSignal,
): Promise<boolean> {
  const ours = await isOfServer(adapters, signal)
  for (const {intent, result} of await adapters.journal.history()) {
    if (intent.action !== EXCHANGE || result?.data['outcome'] !== ('done' satisfies ExchangeEnd)) continue
    // Another VCH may have volumes of the same names.
    if (isMove(intent.data as unknown as ExchangePlan, move) && (await ours(intent))) return true
  }
  return false
}

/** How an exchange ended; one without an end is open. */
export type ExchangeEnd = 'done' | 'restored'

export async function closeExchange(adapters: Adapters, intent: string, outcome: ExchangeEnd): Promise<void> {
  const vch = {keys: [endpointKey(adapters.server.endpoint)]}
  await adapters.journal.append({kind: 'result', action: EXCHANGE, vch, of: intent, data: {outcome}})
}
