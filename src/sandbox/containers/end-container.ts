import {messageOf} from '../../model/vicnfs-error.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {killGroup} from './container-process.js'
import {readRequest} from './create-request.js'
import {removeDirectory} from './remove-directory.js'
import {endMarked} from './marked-processes.js'
import {runtimeOf, type HostContext} from './host-context.js'
import {nowInSeconds, releaseAddress} from './start-container.js'
import {saveMounts} from './volume-mounts.js'

/** Exit code of a process that ended while no daemon watched it. */
const UNKNOWN_EXIT_CODE = 255

async function saveOrSay(host: HostContext, record: ContainerRecord): Promise<boolean> {
  const {log} = runtimeOf(host, record.id)
  let failures: readonly string[]
  try {
    failures = await saveMounts(host.store, record)
  } catch (error) {
    failures = [messageOf(error)]
  }
  for (const failure of failures) log.note(failure)
  return failures.length === 0
}

/**
 * The main process has ended: its NFS volumes are written back, then the VM is off and the exit code is known.
 * @param exitCode undefined when nobody was there to see it
 */
export async function finishContainer(
  host: HostContext,
  record: ContainerRecord,
  exitCode: number | undefined,
): Promise<void> {
  const runtime = runtimeOf(host, record.id)
  // Only while the group is known to be ours: later its number may belong to somebody else.
  if (runtime.process !== undefined) killGroup(runtime.process.pid)
  // Whatever has left the group: sessions of their own, execs of a daemon that was killed.
  await endMarked(host.store.containerDirectory(record.id))
  runtime.log.drain()
  if (exitCode === undefined)
    runtime.log.note('vicnfs sandbox: the exit code is not known, the sandbox was started again')
  const saved = await saveOrSay(host, record)
  const code = saved ? (exitCode ?? UNKNOWN_EXIT_CODE) : exitCode || 1
  host.services?.unmapPorts(record.id)
  try {
    recordEnd(host, record, code)
  } finally {
    // Also where the state cannot be written: whoever waits for the end must not wait for ever.
    runtime.holdsDisks = false
    runtime.directories = []
    delete runtime.process
    delete runtime.phase
    runtime.log.end()
    for (const waiter of runtime.endWaiters) waiter(code)
    runtime.endWaiters.clear()
  }
  host.events.emit('die', record, {exitCode: String(code)})
  await removeOnExit(host, record)
}

function recordEnd(host: HostContext, record: ContainerRecord, exitCode: number): void {
  releaseAddress(host, record)
  host.store.update(() => {
    Object.assign(record, {power: 'exited', exitCode, finishedAt: nowInSeconds()})
    delete record.pid
    delete record.pidStartTicks
  })
}

/** `--rm`: the personality's work, so it does not happen while the endpoint VM is off; a failed start counts too. */
export async function removeOnExit(host: HostContext, record: ContainerRecord): Promise<void> {
  if (!readRequest(record.request).autoRemove || host.services === undefined || host.stopping) return
  if (host.runtimes.get(record.id)?.restarting === true) return
  await forgetContainer(host, record, true)
}

/** Drops a stopped container: record, log, scratch space and, on request, the volumes made for it alone. */
export async function forgetContainer(host: HostContext, record: ContainerRecord, withVolumes: boolean): Promise<void> {
  host.store.update(({containers}) => {
    const at = containers.indexOf(record)
    if (at >= 0) containers.splice(at, 1)
  })
  host.runtimes.get(record.id)?.log.end()
  host.runtimes.delete(record.id)
  removeDirectory(host.store.containerDirectory(record.id))
  if (withVolumes) await removeAnonymous(host, record)
  host.events.emit('destroy', record)
}

/** A volume that another container uses, too, stays, as docker's does; the container is gone all the same. */
async function removeAnonymous(host: HostContext, record: ContainerRecord): Promise<void> {
  const {containers} = host.store.state
  const isUsed = (volume: string): boolean => containers.some(({mounts}) => mounts.some((one) => one.volume === volume))
  for (const {volume} of record.mounts.filter((mount) => mount.anonymous && !isUsed(mount.volume))) {
    try {
      await host.services?.removeVolume(volume)
    } catch (error) {
      sayInDaemonLog(`volume ${volume} of container ${record.name} stays: ${messageOf(error)}`)
    }
  }
}

/** The daemon's own output goes to `daemon.log`. */
export function sayInDaemonLog(text: string): void {
  process.stderr.write(`${text}\n`)
}
