import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {traitsOf} from '../../model/vic-version.js'
import {parseStoreArgument} from '../../model/volume-store.js'
import type {Adapters} from '../adapters.js'
import type {ChangeData} from '../registration/run-change.js'
import {endpointKey, resolvedKeys} from '../vch-lock.js'
import {idleServers} from './idle-servers.js'
import {labelsOf, ROLLBACK_COMMAND, shownStores, type RollbackResult} from './result.js'

/** A registration that was left half-done and is taken back by the settling: just what was asked for. */
export async function mendedResult(adapters: Adapters, error: VicnfsError, work: Work): Promise<RollbackResult> {
  const keys = await resolvedKeys([endpointKey(adapters.consumer.endpoint)], {signal: work.signal})
  const last = (await adapters.journal.history(keys)).findLast(
    ({intent, result}) => intent.action === 'configure' && result?.data['state'] === 'rolled-back',
  )
  const {addedStores = [], storesBefore = []} = (last?.intent.data ?? {}) as Partial<ChangeData>
  const gone = addedStores.map((text) => parseStoreArgument(text))
  work.note('info', error.message)
  return {
    outcome: 'rolled-back',
    vch: last?.intent.vch.name ?? adapters.consumer.endpoint,
    labels: labelsOf(gone),
    stores: shownStores(storesBefore.map((text) => parseStoreArgument(text))),
    plan: [],
    mended: true,
    idle: await idleServers(adapters, gone, work.signal),
  }
}

/** The way out of a half-done registration that this very command is, where the release of VIC has it. */
export async function withMending(adapters: Adapters, error: VicnfsError, work: Work): Promise<VicnfsError> {
  const {code, message, reason, tries, recovery, details, exitCode, cause} = error
  const {program} = await adapters.vicMachine()
  const isOwnRegistration = details['api'] !== undefined
  if (!isOwnRegistration || !traitsOf(await program.version({signal: work.signal})).rollback) return error
  const line = `Or take the registration back. Run: ${ROLLBACK_COMMAND} --reset-progress --yes`
  return new VicnfsError(code, message, {reason, tries, details, exitCode, cause, recovery: [...recovery, line]})
}
