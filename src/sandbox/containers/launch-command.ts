import net from 'node:net'
import path from 'node:path'
import {childEntry} from '../child-entry.js'
import {SERVER_EXIT} from '../nfs-server/exit-codes.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {networkOf} from './addresses.js'
import {guardCommand, guardNestedMounts, guardReadOnlyDisks, numericUser} from './command-guard.js'
import {launchProcess, type ContainerProcess} from './container-process.js'
import {readRequest} from './create-request.js'
import type {HostContext, ContainerRuntime} from './host-context.js'
import {imageCommand, isServerImage} from './image-catalogue.js'
import {readImageSettings, settingFaults, type SettingFault} from './image-settings.js'
import {writeServerSettings} from './server-settings.js'
import {isShareCheck, shareCheckCommand} from './share-check-command.js'
import {VchError} from './vch-error.js'
import {directoryFor, mountOf, type MountedDirectory} from './working-directory.js'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Entry point and command as the container VM would run them. */
export function commandOf(record: ContainerRecord): readonly string[] {
  const {entrypoint, cmd} = readRequest(record.request)
  if (entrypoint.length > 0 || cmd.length > 0) return [...entrypoint, ...cmd]
  return imageCommand(record.image)
}

/** A container that runs the image's own NFS server rather than a command of the request. */
export function isServerContainer(record: ContainerRecord): boolean {
  const {entrypoint, cmd} = readRequest(record.request)
  return (
    isServerImage(record.image) && entrypoint.length === 0 && (cmd.length === 0 || cmd.join(' ') === '/etc/rc.local')
  )
}

function scratchOf(host: HostContext, record: ContainerRecord): string {
  return path.join(host.store.containerDirectory(record.id), 'scratch')
}

/** Environment of a process in the container: nothing of the daemon's own gets in. */
export function environmentOf(
  host: HostContext,
  record: ContainerRecord,
  extra: readonly string[] = [],
): Record<string, string> {
  const given = [...readRequest(record.request).env, ...extra].map((item): [string, string] => {
    const at = item.indexOf('=')
    return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)]
  })
  const hostname = readRequest(record.request).hostname || record.id.slice(0, 12)
  return {PATH: DEFAULT_PATH, HOME: scratchOf(host, record), HOSTNAME: hostname, ...Object.fromEntries(given)}
}

/** The directory on this machine for the container's working directory, or another one named for an exec. */
export function workingDirectoryOf(
  host: HostContext,
  record: ContainerRecord,
  {directories, location}: {readonly directories: readonly MountedDirectory[]; readonly location?: string},
): string {
  const workingDir = readRequest(record.request).workingDir || '/'
  return directoryFor(path.posix.resolve(workingDir, location ?? ''), directories, scratchOf(host, record))
}

/** Refusals that need nothing but the request. @throws VchError 500 */
export function guardContainer(record: ContainerRecord): void {
  guardReadOnlyDisks(record.mounts)
  if (isServerContainer(record)) return
  guardNestedMounts(record.mounts)
  numericUser(readRequest(record.request).user)
  guardCommand(commandOf(record), record.mounts)
}

/** Whether a TCP port of an address can be bound now. */
function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, address, () => probe.close(() => resolve(true)))
  })
}

/** What the server image's start script refuses before it makes the folder; none when it goes on. */
function serverFaults(record: ContainerRecord): readonly SettingFault[] {
  const {env} = readRequest(record.request)
  const faults = settingFaults(env)
  if (faults.length > 0) return faults
  const {exportFolder, requireMount, parked, backend} = readImageSettings(env)
  const mounts = record.mounts.map((mount) => ({destination: mount.destination, directory: mount.volume}))
  const isMounted = mountOf(mounts, exportFolder) !== undefined
  const fault = (exitCode: number, text: string): readonly SettingFault[] => [{exitCode, text}]
  if (parked && isMounted)
    return fault(
      SERVER_EXIT.parkedWithVolume,
      `a parked server must not have the volume, but one is mounted at ${exportFolder}`,
    )
  if (requireMount && !parked && !isMounted)
    return fault(SERVER_EXIT.noVolume, `no volume is mounted at ${exportFolder}, and REQUIRE_MOUNT=1 demands one`)
  if (backend === 'kernel')
    return fault(
      SERVER_EXIT.noKernelServer,
      "NFS_BACKEND=kernel, but the sandbox's engine process has no kernel of VMs",
    )
  return []
}

/** Ends as the image's start script does: a line per fault, the first one's exit code. */
function refusingCommand(faults: readonly SettingFault[]): readonly string[] {
  const lines = faults.map(({text}) => `nfs-server: error: ${text}`)
  const script = 'code=$1; shift; printf "%s\\n" "$@" >&2; exit "$code"'
  return ['/bin/sh', '-c', script, 'rc.local', String(faults[0]?.exitCode), ...lines]
}

async function serverCommand(
  host: HostContext,
  record: ContainerRecord,
  mounts: readonly MountedDirectory[],
): Promise<readonly string[]> {
  const faults = serverFaults(record)
  if (faults.length > 0) return refusingCommand(faults)
  const network = networkOf(host.store.state, record)
  const freePort = (port: number): Promise<boolean> => canListen(port, record.address)
  try {
    const settings = await writeServerSettings(host.store, record, {network, mounts, freePort})
    return [process.execPath, childEntry('nfs-server/main.js'), settings]
  } catch (error) {
    if (!(error instanceof VchError)) throw error
    return refusingCommand([{exitCode: SERVER_EXIT.folderUnusable, text: error.message}])
  }
}

/** Launches the container's main process. @throws VchError when it cannot be launched */
export async function launchMain(
  host: HostContext,
  record: ContainerRecord,
  runtime: ContainerRuntime,
): Promise<ContainerProcess> {
  const request = readRequest(record.request)
  if (isServerContainer(record)) {
    const command = await serverCommand(host, record, runtime.directories)
    const cwd = workingDirectoryOf(host, record, {directories: []})
    return launchProcess(command, {cwd, env: environmentOf(host, record), log: runtime.log, openStdin: false})
  }
  const cwd = workingDirectoryOf(host, record, {directories: runtime.directories})
  const env = environmentOf(host, record)
  const asked = commandOf(record)
  const command = isShareCheck(record, asked) ? shareCheckCommand(host, record, asked) : asked
  return launchProcess(command, {cwd, env, log: runtime.log, openStdin: request.openStdin})
}
