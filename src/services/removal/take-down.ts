import type {Work} from '../../engine/work.js'
import {journalled} from '../../journal/journalled.js'
import {shellQuote} from '../../model/redaction.js'
import {refuseUnconfirmedDelete} from '../../model/safety.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {Adapters} from '../adapters.js'
import {ensureParkedServes, parkShare, refuseUsedParked, startParked} from '../exchange/park-share.js'
import type {SettleConsents} from '../registration/settle.js'
import {exposeCommand} from '../share/expose-command.js'
import {findParked, findServer, type ParkedContainer, type ServerContainer} from '../share/find-server.js'
import {endpointKey} from '../vch-lock.js'
import {releaseConsumers} from './release-consumers.js'
import {refuseStillListed} from './refuse-still-listed.js'
import {removeServer} from './remove-server.js'
import {placeOfServer, type ServerPlace} from './server-place.js'
import {refuseConnected} from './store-use.js'

export interface TakeDownOptions {
  readonly consents: SettleConsents
  readonly deleteVolume: boolean
  /** The name that the operator confirmed the deletion of data with. */
  readonly confirm?: string
  /** A share that is a store goes on being served by an empty server. */
  readonly park?: boolean
}

export interface TeardownResult {
  readonly outcome: 'removed' | 'parked' | 'unchanged'
  /** The volume or scratch space of the share; the label that was asked for where nobody knows it any more. */
  readonly name: string
  readonly unregistered: readonly string[]
  /** Labels of the stores that an empty server goes on serving. */
  readonly parked: readonly string[]
  readonly data: 'kept' | 'deleted' | 'none' | 'unknown'
}

type Found = ServerContainer | ParkedContainer | undefined

type Context = TakeDownOptions & {readonly name: string; readonly work: Work; readonly held: ReadonlySet<string>}

async function find(adapters: Adapters, {name, work}: Context): Promise<Found> {
  return work.step('find', `Find the server container of "${name}"`, async (step) => {
    const call = {signal: step.signal}
    const found = (await findServer(adapters.server, name, call)) ?? (await findParked(adapters.server, name, call))
    const state = found === undefined ? 'there is none' : `${found.container.name}, ${found.container.rawState}`
    step.unchanged(found !== undefined && 'records' in found ? `${state}, parked` : state)
    return found
  })
}

/** Where a parked server serves; who uses it stands in its label, so that nothing has to be read there. */
function placeOfParked({choice, request}: ParkedContainer): ServerPlace {
  const {exportFolder: path, uid, gid} = request
  return {host: choice.address ?? '', path, uid, gid, readable: false}
}

async function releaseAndRemove(
  adapters: Adapters,
  server: ServerContainer | ParkedContainer,
  context: Context,
): Promise<readonly string[]> {
  const {work} = context
  const isParked = 'records' in server
  if (isParked) await startParked(adapters, server, work)
  const place = isParked ? placeOfParked(server) : await placeOfServer(adapters, server, work)
  const labels = await releaseConsumers(adapters, {server, place}, context)
  // After a rollback the VCH has restarted, and no connection of before is left.
  if (labels.length === 0) await refuseConnected(adapters, server, work.signal)
  await removeServer(adapters, server, work)
  return labels
}

/** Parks a share that some VCH lists. @returns the labels; undefined when there is nothing to park */
async function parkOrNot(
  adapters: Adapters,
  server: ServerContainer,
  context: Context,
): Promise<readonly string[] | undefined> {
  const place = await placeOfServer(adapters, server, context.work)
  if (place.readable) return parkShare(adapters, {server, place}, context)
  const {name} = server.request
  throw new VicnfsError('VN-SERVER-DOWN', `The server container of "${name}" is down, so it cannot be parked.`, {
    reason: 'Who uses the share stands on it, and is to be kept while it is parked.',
    tries: [exposeCommand(server.request), shellQuote(['vicnfs', 'teardown', name, '--park'])],
  })
}

async function deleteVolume(adapters: Adapters, {name, work}: Context): Promise<void> {
  await work.step('delete-volume', `Delete the volume "${name}", as confirmed`, async (step) => {
    const keys = [endpointKey(adapters.server.endpoint)]
    const change = {action: 'volume-remove', keys, data: {volume: name}}
    await journalled(adapters.journal, change, () => adapters.server.removeVolume(name, {signal: step.signal}))
  })
}

type Done = Pick<TeardownResult, 'outcome'> & Partial<Pick<TeardownResult, 'unregistered' | 'parked'>>

/** The end, once the volume is free: only now may it be deleted. */
async function finish(
  adapters: Adapters,
  done: Done & {readonly scratch?: TeardownResult['data']},
  context: Context,
): Promise<TeardownResult> {
  const {name, work} = context
  const {scratch, outcome} = done
  const result = {name, outcome, unregistered: done.unregistered ?? [], parked: done.parked ?? []}
  // A volume that merely has the name of the scratch space was not named for deletion (S1).
  if (scratch !== undefined) return {...result, data: scratch}
  // Ctrl-C during an exchange that came to its end has stopped nothing: how it ended is told.
  const {signal} = work.shielded()
  const isThere = (await adapters.server.inspectVolume(name, {signal})) !== undefined
  if (!context.deleteVolume || !isThere) return {...result, data: isThere ? 'kept' : 'none'}
  await deleteVolume(adapters, context)
  return {...result, outcome: outcome === 'unchanged' ? 'removed' : outcome, data: 'deleted'}
}

/** A parked share: it stays so, or goes with its last store. */
async function takeDownParked(adapters: Adapters, parked: ParkedContainer, context: Context): Promise<TeardownResult> {
  // The data of scratch space went when it was parked.
  const scratch = parked.request.scratch ? {scratch: 'none' as const} : {}
  refuseUnconfirmedDelete({...context, scratch: false})
  if (context.park !== true) {
    const unregistered = await releaseAndRemove(adapters, parked, context)
    return finish(adapters, {outcome: 'removed', unregistered, ...scratch}, context)
  }
  if (context.deleteVolume) await refuseUsedParked(adapters, {server: parked, place: placeOfParked(parked)}, context)
  const outcome = (await ensureParkedServes(adapters, parked, context.work)) ? 'parked' : 'unchanged'
  const labels = (parked.records ?? []).map(({record}) => record.label)
  return finish(adapters, {outcome, parked: labels, ...scratch}, context)
}

/** Takes the share of a volume down, or parks it. @throws as `teardownShare` does */
export async function takeDown(adapters: Adapters, context: Context): Promise<TeardownResult> {
  const found = await find(adapters, context)
  if (found !== undefined && 'records' in found) return takeDownParked(adapters, found, context)
  const isScratch = found?.request.scratch === true
  refuseUnconfirmedDelete({...context, scratch: isScratch})
  if (found === undefined) {
    await refuseStillListed(adapters, context.name, context)
    return finish(adapters, {outcome: 'unchanged'}, context)
  }
  const scratch = isScratch ? {scratch: 'deleted' as const} : {}
  const parked = context.park === true ? await parkOrNot(adapters, found, context) : undefined
  if (parked !== undefined) return finish(adapters, {outcome: 'parked', parked, ...scratch}, context)
  const unregistered = await releaseAndRemove(adapters, found, context)
  return finish(adapters, {outcome: 'removed', unregistered, ...scratch}, context)
}
