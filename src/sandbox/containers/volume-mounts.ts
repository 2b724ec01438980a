import {mkdirSync} from 'node:fs'
import {isIP} from 'node:net'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {ContainerMount, ContainerRecord} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import {numericUser} from './command-guard.js'
import {readRequest} from './create-request.js'
import {findEscapingLink} from './escaping-links.js'
import {isServerContainer} from './launch-command.js'
import {fetchNfsVolume, type NfsVolume} from './nfs-volume.js'
import {saveNfsVolume} from './nfs-volume-save.js'
import {removeDirectory} from './remove-directory.js'
import {portLayerError, VchError} from './vch-error.js'
import {vicBehaviour} from './vic-behaviour.js'
import type {MountedDirectory} from './working-directory.js'

/** Beyond the time that a failure takes: a server on a busy machine is slow to answer, and a VCH waits three minutes. */
const MOUNT_SLACK_MS = 10_000
/** What a VCH gives a container VM to launch its process (facts/vch-docker-api.md § 3.3). */
const LAUNCH_LIMIT_MS = 180_000

/** Directory and manifest of one mounted NFS volume, private to the container. */
function privateCopy(
  store: StateStore,
  id: string,
  index: number,
): {readonly directory: string; readonly manifest: string} {
  const base = path.join(store.containerDirectory(id), 'mounts')
  return {directory: path.join(base, `${index}`), manifest: path.join(base, `${index}.json`)}
}

function nfsVolume(
  store: StateStore,
  record: ContainerRecord,
  mount: ContainerMount,
  index: number,
): NfsVolume | undefined {
  if (mount.nfs === undefined) return undefined
  const {uid, gid} = numericUser(readRequest(record.request).user)
  const exportPath = `${mount.nfs.path.replace(/\/+$/, '')}/volumes/${mount.volume}`
  const copy = privateCopy(store, record.id, index)
  return {
    host: mount.nfs.host,
    exportPath,
    portmapPort: store.state.portmapPort,
    uid,
    gid,
    readOnly: mount.readOnly,
    ...copy,
  }
}

/**
 * Makes a container's mounts ready for its process: a VMDK volume is its real directory, an NFS volume is fetched
 * through NFS; `note` takes a line for the container's log about each link that was left out.
 * @throws VchError 500 when a mount fails, after the time that the failure takes (a knob)
 */
export async function prepareMounts(
  store: StateStore,
  record: ContainerRecord,
  {note}: {readonly note: (line: string) => void},
): Promise<readonly MountedDirectory[]> {
  const prepared: MountedDirectory[] = []
  for (const [index, mount] of record.mounts.entries()) {
    const volume = nfsVolume(store, record, mount, index)
    if (volume === undefined) {
      const directory = store.volumeDirectory(mount.volume)
      mkdirSync(directory, {recursive: true, mode: 0o700})
      guardDiskLinks(record, mount, directory)
      prepared.push({destination: mount.destination, directory})
      continue
    }
    for (const link of await mountOrFail(store, record, volume)) {
      note(`vicnfs sandbox: ${mount.destination}/${link} leads out of the volume and cannot be followed here`)
    }
    prepared.push({destination: mount.destination, directory: volume.directory})
  }
  return prepared
}

/**
 * A process on this machine would follow a link of the volume to this machine's own files; our NFS server follows none.
 * @throws VchError 500
 */
function guardDiskLinks(record: ContainerRecord, mount: ContainerMount, directory: string): void {
  const link = isServerContainer(record) ? undefined : findEscapingLink(directory)
  if (link === undefined) return
  throw new VchError(
    500,
    `vicnfs sandbox (engine process): in the volume ${mount.volume} the symbolic link ${link} leads out of the volume, ` +
      'to this machine here; remove it through the NFS server, or give the container another volume',
  )
}

async function mountOrFail(store: StateStore, record: ContainerRecord, volume: NfsVolume): Promise<readonly string[]> {
  const limitMs = store.state.knobs.mountFailureDelayMs
  const beganMs = Date.now()
  try {
    if (isIP(volume.host) === 0 && !vicBehaviour(store.state.vicVersion).resolvesStoreNames) {
      throw new Error(`mount: ${volume.host} is no address`)
    }
    const mountSignal = AbortSignal.timeout(limitMs + MOUNT_SLACK_MS)
    return await fetchNfsVolume(volume, {mountSignal, signal: AbortSignal.timeout(LAUNCH_LIMIT_MS)})
  } catch (error) {
    if (error instanceof VchError) throw error
    await delay(Math.max(0, limitMs - (Date.now() - beganMs)))
    // The container VM's mount hangs or fails, and all that the port layer ever sees is its own deadline (issue 5946).
    throw portLayerError(
      `unable to wait for process launch status: Post https://${store.state.target}/sdk: context deadline exceeded`,
    )
  }
}

/** Writes back what the process changed on its NFS volumes. @returns what failed, one sentence each */
export async function saveMounts(store: StateStore, record: ContainerRecord): Promise<readonly string[]> {
  const failures: string[] = []
  for (const [index, mount] of record.mounts.entries()) {
    const volume = nfsVolume(store, record, mount, index)
    if (volume === undefined) continue
    const missed = await saveNfsVolume(volume)
    failures.push(...missed.map((failure) => `${mount.destination}: ${failure}`))
    // What is on the share now is fetched anew at the next start; what could not be saved stays to be looked at.
    if (missed.length === 0) removeDirectory(volume.directory)
  }
  return failures
}

/** Where the mounts of a container are that is running already. */
export function directoriesOf(store: StateStore, record: ContainerRecord): readonly MountedDirectory[] {
  return record.mounts.map((mount, index) => {
    const directory =
      mount.nfs === undefined ? store.volumeDirectory(mount.volume) : privateCopy(store, record.id, index).directory
    return {destination: mount.destination, directory}
  })
}
