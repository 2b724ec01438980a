import net from 'node:net'
import path from 'node:path'
import {childEntry} from '../child-entry.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {networkOf} from './addresses.js'
import {guardCommand, guardNestedMounts, guardReadOnlyDisks, numericUser} from './command-guard.js'
import {launchProcess, type ContainerProcess} from './container-process.js'
import {readRequest} from './create-request.js'
import type {HostContext, ContainerRuntime} from './host-context.js'
import {imageCommand, isServerImage} from './image-catalogue.js'
import {readServerEnvironment, writeServerSettings} from './server-settings.js'
import {isShareCheck, shareCheckCommand} from './share-check-command.js'
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

/** What the server image's start script refuses; undefined when it goes on to serve. */
function serverRefusal(record: ContainerRecord): string | undefined {
  const {exportFolder, requireMount} = readServerEnvironment(readRequest(record.request).env)
  if (exportFolder === '/') return 'EXPORT_FOLDER must not be the root folder'
  const mounts = record.mounts.map((mount) => ({destination: mount.destination, directory: mount.volume}))
  if (requireMount && mountOf(mounts, exportFolder) === undefined) return `no volume is mounted at ${exportFolder}`
  return undefined
}

async function serverCommand(
  host: HostContext,
  record: ContainerRecord,
  mounts: readonly MountedDirectory[],
): Promise<readonly string[]> {
  const refusal = serverRefusal(record)
  if (refusal !== undefined) return ['/bin/sh', '-c', 'printf "%s\\n" "$1" >&2; exit 1', 'rc.local', refusal]
  const network = networkOf(host.store.state, record)
  const freePort = (port: number): Promise<boolean> => canListen(port, record.address)
  const settings = await writeServerSettings(host.store, record, {network, mounts, freePort})
  return [process.execPath, childEntry(import.meta.url, 'nfs-server/main.js'), settings]
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
