import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle, Work} from '../../engine/work.js'
import {ROLE_PARKED, serverName} from '../../model/share.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {VchContainer, VchInfo} from '../../vch/vch-api.js'
import type {Adapters} from '../adapters.js'
import {preflightFromVch} from '../preflight-from-vch.js'
import {onShare} from '../registration/record.js'
import {awaitAddress, awaitMountable} from '../share/await-mountable.js'
import {containerRequest, type Occupant} from '../share/occupant.js'
import {startServer} from '../share/start-server.js'

/** What is to serve at an address, and the stores that must be mountable there. */
export interface Occupation {
  readonly occupant: Occupant
  /** Places of the stores as their VCHs have them. */
  readonly stores: readonly ShareAddress[]
}

/** A packet that was lost is no reason to give up a server. */
const TRIES = 3
const DENIED = new Set<unknown>(['NFS3ERR_ACCES', 'NFS3ERR_PERM', 'NFS3ERR_ROFS'])

interface Climbing {
  readonly occupant: Occupant
  readonly step: StepHandle
  readonly work: Work
}

/** The whole ladder, as the VCH climbs it when it boots. @throws VN-NFS-NOT-READY with the rung that failed, VN-NFS-… of a rung that failed on the VCH */
async function climb(adapters: Adapters, store: ShareAddress, options: Climbing): Promise<void> {
  const {occupant, step, work} = options
  if ((await adapters.nfs.standpoint?.(store, {signal: step.signal})) === 'vch') {
    const {lookImage: image = occupant.request.image} = adapters.nfs
    // On an empty server a kernel that writes a file proves nothing, and MKDIR is tried on it after this.
    const wish = {image, readOnly: occupant.role === ROLE_PARKED}
    await preflightFromVch(store, adapters, {wish, work})
    return
  }
  const {stepTimeoutMs: rungTimeoutMs} = adapters.limits
  let [rung, finding]: [string | undefined, string] = [undefined, 'it did not answer in time']
  const failed = (): VicnfsError =>
    new VicnfsError('VN-NFS-NOT-READY', `A VCH could not mount ${store.host}:${store.path}.`, {
      reason: `${finding.replace(/\.$/, '')}.`,
      details: {...store, rung},
    })
  const attempt = async (n: number, {signal}: {readonly signal: AbortSignal}): Promise<true | undefined> => {
    const report = await adapters.nfs.preflight(store, {signal, rungTimeoutMs})
    if (report.passed) return true
    const worst = report.rungs.find(({state}) => state === 'failed')
    if (worst !== undefined) [rung, finding] = [worst.id, worst.finding]
    if (n >= TRIES) throw failed()
    return undefined
  }
  const timeoutMs = rungTimeoutMs * TRIES * 4
  await waitFor(attempt, {signal: step.signal, timeoutMs, intervalMs: 200, isFinal: isVicnfsError, onTimeout: failed})
}

/**
 * An image that does not know PARKED would serve an empty folder of its container for everybody to write to, and what is
 * written there is lost: MKDIR below `volumes` must be refused.
 * @throws VN-EXCHANGE-FAILED
 */
async function requireClosed(adapters: Adapters, store: ShareAddress, step: StepHandle): Promise<void> {
  const trial = 'volumes/.vicnfs-parked'
  const {signal} = step
  const isOpen = await onShare(adapters, store, {
    signal,
    async body(session) {
      try {
        await session.makeDirectory(trial, 0o755)
      } catch (error) {
        if (isVicnfsError(error) && DENIED.has(error.details['nfsStatus'])) return false
        throw error
      }
      await session.removeDirectory(trial)
      return true
    },
  })
  if (!isOpen) return
  throw new VicnfsError('VN-EXCHANGE-FAILED', 'The parked server lets clients write on it.', {
    reason: 'The server image does not know PARKED: take one of vicnfs.',
  })
}

/**
 * Starts a container, and waits until every store on it can be mounted by the calls that a booting VCH makes.
 * @throws VN-SHARE-SERVER-ENDED, VN-SHARE-NO-ADDRESS, VN-NFS-NOT-READY, VN-VCH-…
 */
export async function bringUp(
  adapters: Adapters,
  container: Pick<VchContainer, 'id' | 'state'>,
  options: Occupation & {readonly work: Work},
): Promise<void> {
  const {occupant, stores, work} = options
  const {request, choice} = occupant
  const {server: api, limits} = adapters
  const timeoutMs = limits.readyTimeoutMs
  await work.step('start-exchanged', 'Start it', async (step) => {
    if (container.state === 'running') step.unchanged('it is running')
    else await startServer(api, container, {step, timeoutMs})
  })
  await work.step('ladder', 'Replay on it the calls of a booting VCH', async (step) => {
    const host = await awaitAddress(api, container.id, {choice, step, timeoutMs})
    const root = {host, path: request.exportFolder, uid: request.uid, gid: request.gid}
    const server = {api, id: container.id, name: serverName(request.name)}
    await awaitMountable(adapters.nfs, root, {...server, step, timeoutMs})
    for (const store of stores) {
      step.progress(store.path)
      await climb(adapters, {...store, host}, {occupant, step, work})
    }
    if (occupant.role === ROLE_PARKED) {
      for (const store of stores.length === 0 ? [root] : stores) await requireClosed(adapters, {...store, host}, step)
    }
    step.note(`${host}:${request.exportFolder}`)
  })
}

/** Makes the container of an occupant and brings it up. The name in its place must be free. */
export async function occupy(
  adapters: Adapters,
  occupation: Occupation & {readonly run: string},
  {info, work}: {readonly info: VchInfo; readonly work: Work},
): Promise<void> {
  const {occupant, run} = occupation
  const what = occupant.role === ROLE_PARKED ? 'an empty server' : 'the server container'
  const id = await work.step('make', `Make ${what} at this address`, async (step) => {
    const made = await adapters.server.createContainer(containerRequest(occupant, {info, run}), {signal: step.signal})
    step.note(`${serverName(occupant.request.name)}, ${occupant.choice.address ?? 'address from the network'}`)
    return made
  })
  await bringUp(adapters, {id, state: 'created'}, {...occupation, work})
}
