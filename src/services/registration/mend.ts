import type {Work} from '../../engine/work.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VolumeStore} from '../../model/volume-store.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {recoverySteps} from './recovery-steps.js'
import {closeChange, runChange, type ChangeData} from './run-change.js'
import {isAsExpected, watchVch, type VchSight} from './watch-vch.js'

/** A change of ours that did not lead where it should. */
export interface FailedChange {
  readonly vch: ConsumerVch
  readonly intent: string
  readonly before: readonly VolumeStore[]
  readonly added: readonly VolumeStore[]
  readonly data: ChangeData
  readonly place: ShareAddress
  readonly share?: string
  /** undefined in a later run that found no word of vic-machine. */
  readonly end?: ChangeEnd
  readonly sight: VchSight
}

/** The last error line of vic-machine, or what was seen of the VCH. */
function whatHappened(failed: FailedChange): string {
  const line = failed.end?.errorLines.at(-1)
  const seen = failed.sight.api === 'refused' ? 'its Docker API does not come back' : 'the new store is not online'
  return line === undefined ? seen : `${seen}; vic-machine said: ${line}`
}

function halfDone(failed: FailedChange, options: {triedRollback: boolean; twoSnapshots: boolean}): VicnfsError {
  const {vch, added, share, sight} = failed
  const labels = added.map((store) => store.label).join(', ')
  const offline = sight.api === 'running'
  const message = offline
    ? `The store ${labels} is configured on "${vch.name}", but not online.`
    : `The VCH "${vch.name}" is half-way through the registration of ${labels} and does not answer.`
  const rollback = vch.traits.rollback
    ? options.triedRollback
      ? options.twoSnapshots
        ? ' The rollback found two snapshots of one name, as after any earlier configure.'
        : ' The rollback did not bring it back.'
      : ''
    : ` VIC ${vch.version} cannot roll back.`
  return new VicnfsError(offline ? 'VN-STORE-NOT-ONLINE' : 'VN-HALF-DONE', message, {
    reason: `${whatHappened(failed)}.${rollback} The server container is kept: the VCH needs it to boot.`,
    recovery: recoverySteps(
      {traits: vch.traits, added, vchName: vch.name},
      {...options, ...(share === undefined ? {} : {share})},
    ),
    details: {vch: vch.name, labels: added.map((store) => store.label), api: sight.api},
  })
}

async function resetFlag(adapters: Adapters, failed: FailedChange, work: Work): Promise<void> {
  const {vch, data} = failed
  await work.step('reset', 'Clear the mark of the change that timed out', async (step) => {
    const change = {kind: 'reset-progress', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
    const {intent, end} = await runChange(adapters, vch, {change, data, step})
    const state = end.claim === 'completed' ? 'completed' : 'refused'
    await closeChange(adapters, vch, {intent, action: change.kind, state, claim: end.claim})
  })
}

/** The rollback of a configure goes the other way round. */
function reversed(data: ChangeData): ChangeData {
  return {...data, storesBefore: data.storesAfter, storesAfter: data.storesBefore}
}

/**
 * Brings a VCH back after our own failed configure: flag cleared where it stayed set, one rollback, checked by
 * the same signs as a success (S5). That reset and rollback work together after a time-out is inferred, not recorded.
 * @throws always: VN-ROLLED-BACK when the VCH is as before, VN-HALF-DONE or VN-STORE-NOT-ONLINE with the way out else
 */
export async function mend(
  adapters: Adapters,
  failed: FailedChange,
  options: {readonly work: Work; readonly noRollback: boolean},
): Promise<never> {
  const {work, noRollback} = options
  const {vch, before, end} = failed
  const expected = {stores: before, labels: []}
  if (isAsExpected(failed.sight, expected)) return rolledBack(adapters, failed)
  if (!vch.traits.rollback || noRollback) throw halfDone(failed, {triedRollback: false, twoSnapshots: false})
  if (end?.claim !== 'failed') await resetFlag(adapters, failed, work)
  const back = await work.step('rollback', 'Roll the VCH back', async (step) => {
    const change = {kind: 'rollback', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
    const {intent, end: rollbackEnd} = await runChange(adapters, vch, {change, data: reversed(failed.data), step})
    const sight = rollbackEnd.twoSnapshots
      ? failed.sight
      : await watchVch(adapters, vch, {expected, step, place: failed.place})
    const done = isAsExpected(sight, expected)
    await closeChange(adapters, vch, {
      intent,
      action: change.kind,
      state: done ? 'completed' : 'refused',
      claim: rollbackEnd.claim,
    })
    step.note(done ? 'the stores are as before, and the VCH runs' : 'it did not take effect')
    return {done, twoSnapshots: rollbackEnd.twoSnapshots, sight}
  })
  if (back.done) return rolledBack(adapters, failed)
  throw halfDone({...failed, sight: back.sight}, {triedRollback: true, twoSnapshots: back.twoSnapshots})
}

async function rolledBack(adapters: Adapters, failed: FailedChange): Promise<never> {
  const {vch, intent, added, end} = failed
  const claim = end?.claim
  await closeChange(adapters, vch, {
    intent,
    action: 'configure',
    state: 'rolled-back',
    ...(claim === undefined ? {} : {claim}),
  })
  const labels = added.map((store) => store.label).join(', ')
  throw new VicnfsError(
    'VN-ROLLED-BACK',
    `The VCH "${vch.name}" was rolled back: it is as before, without ${labels}.`,
    {
      reason: `${whatHappened(failed)}.`,
      tries: [
        `vicnfs preflight '${added[0] === undefined ? '' : added[0].argument.slice(0, added[0].argument.lastIndexOf(':'))}'`,
      ],
      details: {vch: vch.name, labels: added.map((store) => store.label)},
    },
  )
}
