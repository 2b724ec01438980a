import type {VolumeStore} from '../../model/volume-store.js'
import type {VchRecord} from '../vcenter/vcenter-api.js'
import {collectLogs} from './collect-logs.js'
import {DeadlineExceeded} from './deadline.js'
import {CommandFailure, isSet, type Run} from './invocation.js'
import {rollBackVch} from './roll-back.js'
import type {Session} from './session.js'
import {traceError} from './trace-error.js'
import {updateVch} from './update-vch.js'

/** A configure whose flag is set. */
export interface Change {
  readonly session: Session
  readonly vch: VchRecord
  /** The stores as they shall be; those of now in a rollback. */
  readonly stores: readonly VolumeStore[]
}

/**
 * The part of configure that changes the VCH. Its failures are lost: only the clearing of the flag decides on the
 * exit code (facts/vic-machine.md § 0.1).
 * @throws CommandFailure when the flag could not be cleared, as after a time-out
 */
export async function carryOutConfigure(run: Run, change: Change): Promise<void> {
  const done = await changeVch(run, change)
  if (done !== 'completed') collectLogs(run, change.session.about)
  if (done === 'completed') run.narrator.info('Completed successfully')
  await clearFlag(run, change)
}

async function changeVch(run: Run, change: Change): Promise<'completed' | 'failed' | 'reverted'> {
  // Before 1.5.3 the flag --rollback is lost and a plain configure runs (facts/vic-machine.md § 2.5).
  const rollback = isSet(run.flags, 'rollback') && run.release.rollbackWorks
  try {
    return rollback ? await rollBackVch(run, change) : await updateVch(run, change)
  } catch {
    // vic-machine returns such an error and then overwrites it: nothing is said.
    return 'failed'
  }
}

async function clearFlag(run: Run, {session, vch}: Change): Promise<void> {
  const {narrator, deadline} = run
  try {
    await session.vcenter.setUpdateInProgress(vch.id, false, {signal: deadline.signal})
  } catch (error) {
    if (error instanceof DeadlineExceeded) traceTask(run)
    narrator.error('Failed to reset UpdateInProgress')
    narrator.error((error as Error).message)
    throw new CommandFailure((error as Error).message)
  }
}

/** What an expired operation says around a vCenter task. */
export function traceTask(run: Run): void {
  traceError(run, 'vic/pkg/trace.(*Operation).Err')
  traceError(run, `vic/pkg/vsphere/tasks.${run.release.words.taskWait}`)
  traceError(run, 'vic/pkg/trace.(*Operation).Err')
}
