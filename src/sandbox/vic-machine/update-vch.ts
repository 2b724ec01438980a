import type {VolumeStore} from '../../model/volume-store.js'
import {VimFault} from '../vcenter/vcenter-api.js'
import type {Change} from './carry-out-configure.js'
import {DeadlineExceeded} from './deadline.js'
import {formatGoDuration} from './go-duration.js'
import {flagValue, shuffled, type Run} from './invocation.js'
import {removeSnapshot} from './remove-snapshot.js'
import {revertVch} from './roll-back.js'
import {checkServiceReady} from './service-ready.js'
import {traceError} from './trace-error.js'

/** Snapshots of configure; the older ones of upgrade carry the second word. */
const SNAPSHOT_PREFIXES = ['reconfigure for', 'upgrade for']

/**
 * Snapshot, shutdown, new configuration, power on, wait; then the previous snapshot goes (facts/vic-machine.md § 4).
 * On failure it reverts by name, which works only where no snapshot of that name was there before (§ 0.7).
 */
export async function updateVch(run: Run, change: Change): Promise<'completed' | 'failed' | 'reverted'> {
  const {narrator, deadline} = run
  const {words, datedLines} = run.release
  const {vcenter} = change.session
  const {id} = change.vch
  const {signal} = deadline
  const name = `reconfigure for ${change.vch.version.split('-')[1] ?? ''}`.trim()
  const previous = (await vcenter.listSnapshots(id, {signal})).at(-1)
  const snapshot = await vcenter.createSnapshot(id, name, {signal})
  try {
    await reconfigure(run, change)
  } catch (error) {
    narrator.error(`Failed to ${words.work}: ${reasonOf(run, error)}`)
    narrator.info(`Rolling back ${words.work}`)
    try {
      await revertVch(run, change, name)
    } catch (failure) {
      narrator.error(`Failed to revert appliance to snapshot: ${(failure as Error).message}`)
      return 'failed'
    }
    narrator.info(`Appliance is rolled back to ${words.former} version`)
    narrator.info(`Deleting ${words.leftovers}`)
    // From here on the operation has no logger any more (facts/vic-machine.md § 4).
    if (!datedLines) narrator.silence()
    await removeSnapshot(run, change, snapshot)
    return 'reverted'
  }
  if (previous && SNAPSHOT_PREFIXES.some((prefix) => previous.name.startsWith(prefix))) {
    await removeSnapshot(run, change, previous)
  }
  return 'completed'
}

async function reconfigure(run: Run, {session, vch, stores}: Change): Promise<void> {
  const {narrator, deadline} = run
  const {signal} = deadline
  await session.vcenter.shutdownGuest(vch.id, {signal})
  sayFolders(run, stores)
  narrator.info('Setting VM configuration')
  try {
    await setConfiguration(run, {session, vch, stores})
  } catch (error) {
    narrator.error(`Error while reconfiguring appliance: ${(error as Error).message}`)
    throw error
  }
  await session.vcenter.powerOn(vch.id, {signal})
  try {
    await waitForServices(run, {session, vch, stores})
  } catch (error) {
    if (error instanceof DeadlineExceeded) {
      traceError(run, 'vic/lib/install/management.(*Dispatcher).update', 'CheckServiceReady during update')
    }
    narrator.info('\tAPI may be slow to start - please retry with increased timeout using --timeout')
    throw error
  }
}

/** Another task on the VM is waited for (lifecycle-failure-reconfigure). */
async function setConfiguration(run: Run, {session, vch, stores}: Change): Promise<void> {
  const {narrator, deadline, flags, world} = run
  const debug = flagValue(flags, 'debug')
  const change = {stores, ...(debug !== undefined && {debugLevel: Number(debug)})}
  for (;;) {
    try {
      await session.vcenter.reconfigure(vch.id, change, {signal: deadline.signal})
      return
    } catch (error) {
      if (!(error instanceof VimFault && error.fault === 'TaskInProgress')) throw error
      narrator.warn('retrying task')
      await deadline.sleep(world.pollMs)
    }
  }
}

async function waitForServices(run: Run, {session, vch, stores}: Change): Promise<void> {
  // Before 1.3.0 the limit is for this wait alone, so what follows has all the time it needs.
  const deadline = run.release.timeoutCoversAll ? run.deadline : run.world.limit(run.deadline.timeoutMs)
  try {
    await checkServiceReady({...run, deadline}, {session, vch, stores, stage: 'CheckServiceReady during update'})
  } finally {
    if (deadline !== run.deadline) deadline.clear()
  }
}

/** Folders are made for datastore stores only; an NFS store is skipped (facts/vic-machine.md § 2.4). */
function sayFolders({narrator, world}: Run, stores: readonly VolumeStore[]): void {
  for (const store of shuffled(stores, world.random).filter(({scheme}) => scheme === 'ds')) {
    narrator.info(`Creating directory [${store.host}] ${store.path}`)
    narrator.info(`Datastore path is [${store.host}] ${store.path}`)
  }
}

function reasonOf({deadline}: Run, error: unknown): string {
  if (!(error instanceof DeadlineExceeded)) return (error as Error).message
  const limit = formatGoDuration(deadline.timeoutMs)
  return `Upgrading VCH exceeded time limit of ${limit}. Please increase the timeout using --timeout to accommodate for a busy vSphere target`
}
