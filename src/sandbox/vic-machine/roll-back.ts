import {traceTask, type Change} from './carry-out-configure.js'
import {DeadlineExceeded} from './deadline.js'
import type {Run} from './invocation.js'
import {checkServiceReady} from './service-ready.js'

/**
 * `configure --rollback`: back to the newest snapshot, by its name, and that snapshot goes. Without a snapshot, or
 * with two of its name, nothing is done and no error line is printed (lifecycle-rollback-nothing; for two snapshots
 * this is how the source reads, not a recording).
 *
 * After a time-out the way out is --reset-progress and then this. That the pair works is inferred from the state that
 * a time-out leaves (lifecycle-timeout-services: one snapshot, taken before the new store), not recorded.
 */
export async function rollBackVch(run: Run, change: Change): Promise<'completed'> {
  const {vcenter} = change.session
  const {signal} = run.deadline
  run.narrator.info('Attempting rollback of VCH')
  const newest = (await vcenter.listSnapshots(change.vch.id, {signal})).at(-1)
  if (!newest) throw new Error('A VCH version available from before the last upgrade could not be found.')
  await revertVch(run, change, newest.name)
  await vcenter.deleteSnapshot(change.vch.id, newest.id, {signal})
  return 'completed'
}

/**
 * Reverts by name, powers on and waits; services that do not come up are said, no failure.
 * @throws Error when the revert itself failed: time-out, or the name stands for two snapshots
 */
export async function revertVch(run: Run, {session, vch, stores}: Change, name: string): Promise<void> {
  const {narrator, deadline} = run
  const {signal} = deadline
  narrator.info(`Reverting to snapshot ${name}`)
  try {
    await session.vcenter.revertToSnapshot(vch.id, name, {signal})
  } catch (error) {
    if (error instanceof DeadlineExceeded) traceTask(run)
    throw new Error(`Failed to roll back upgrade: ${(error as Error).message}.`)
  }
  if (!run.release.powersOnReverted) {
    narrator.info('Roll back finished - Appliance is kept in powered off status')
    return
  }
  await session.vcenter.powerOn(vch.id, {signal})
  try {
    // Labels of before the revert are looked for, so a store that has just gone is called offline (lifecycle-rollback).
    await checkServiceReady(run, {session, vch, stores, stage: 'CheckServiceReady during rollback'})
  } catch {
    narrator.info('\tAPI may be slow to start - try to connect to API after a few minutes')
  }
}
