import {messageOf} from '../../model/vicnfs-error.js'
import type {ContainerRecord, SandboxState} from '../state/sandbox-state.js'
import type {StateStore} from '../state/state-store.js'
import type {ContainerHost} from './container-host.js'
import type {ContainerLog} from './container-log.js'
import {runtimeOf} from './host-context.js'
import {isServerImage} from './image-catalogue.js'
import {isServerContainer} from './launch-command.js'

/** The line by which `nfs-server/main.ts` says that it can be mounted. */
const READY = 'nfs-server: ready:'
const READY_LIMIT_MS = 10_000

/** Enters containers into the list of those to be powered on again. */
export function resumeLater(state: SandboxState, records: readonly ContainerRecord[]): void {
  state.resume = [...new Set([...(state.resume ?? []), ...records.map(({id}) => id)])]
}

/** Remembers which containers run, before a stop of the sandbox ends them. */
export function rememberRunning(store: StateStore): void {
  store.update((state) =>
    resumeLater(
      state,
      state.containers.filter((record) => record.power === 'running'),
    ),
  )
}

/** Resolves when the server can be mounted, when it has ended, or when it takes too long. */
function whenServing(log: ContainerLog): Promise<void> {
  return new Promise((resolve) => {
    let text = ''
    const done = (): void => {
      clearTimeout(limit)
      unfollow()
      resolve()
    }
    const limit = setTimeout(done, READY_LIMIT_MS)
    const unfollow = log.follow({
      onRecord: ({data}) => {
        text += data.toString('latin1')
        if (text.includes(READY)) done()
      },
      onEnd: done,
    })
  })
}

/** A container that does not start again stays off and says why in its log. */
async function resume(store: StateStore, host: ContainerHost, record: ContainerRecord): Promise<void> {
  const {log} = runtimeOf(host.context, record.id)
  try {
    const serving = isServerContainer(record) ? whenServing(log) : undefined
    await host.powerOn(record.id)
    await serving
  } catch (error) {
    log.note(`vicnfs sandbox: not powered on again: ${messageOf(error)}`)
  }
  // Only now: what a crash interrupts is tried again.
  store.update((state) => void (state.resume = state.resume?.filter((id) => id !== record.id) ?? []))
}

/**
 * Powers on what the last stop, or the loss, of the sandbox ended, as vSphere does after a restart of a site. Servers
 * come first, and are waited for: other containers mount their exports, and a VCH may wait for them, too. Between the
 * two, what a lost container had changed on NFS volumes is written back.
 */
export async function resumeContainers(store: StateStore, host: ContainerHost): Promise<void> {
  const wanted = new Set(store.state.resume ?? [])
  const records = store.state.containers.filter((record) => wanted.has(record.id))
  const servers = records.filter((record) => isServerImage(record.image))
  const others = records.filter((record) => !isServerImage(record.image))
  await Promise.all(servers.map((record) => resume(store, host, record)))
  await host.finishLost()
  await Promise.all(others.map((record) => resume(store, host, record)))
  store.update((state) => {
    delete state.resume
  })
}
