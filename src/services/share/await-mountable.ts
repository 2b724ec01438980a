import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle} from '../../engine/work.js'
import type {ShareChoice} from '../../model/share.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {MountAttempt} from '../../nfs/wait-until-mountable.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {NfsAccess, SeenShare} from '../adapters.js'
import {reachableAddress} from './find-server.js'
import {serverEnded, withServerWords} from './server-words.js'

const STATE_INTERVAL_MS = 250

/**
 * Waits until a started server container runs and shows an address.
 * @throws VN-SHARE-SERVER-ENDED when it ends instead, VN-SHARE-NO-ADDRESS when none shows in time
 */
export async function awaitAddress(
  api: VchApi,
  id: string,
  options: {readonly choice: ShareChoice; readonly step: StepHandle; readonly timeoutMs: number},
): Promise<string> {
  const {choice, step, timeoutMs} = options
  return waitFor<string>(
    async (_n, {signal}) => {
      const container = await api.inspectContainer(id, {signal})
      if (container === undefined || container.state === 'exited') {
        throw container === undefined
          ? new VicnfsError('VN-SHARE-SERVER-ENDED', 'The server container is gone.')
          : await serverEnded(api, container, signal)
      }
      const address = reachableAddress(container, choice)
      step.progress(address === '' ? `${container.rawState}, no address yet` : `${container.rawState} at ${address}`)
      return container.state === 'running' && address !== '' ? address : undefined
    },
    {
      signal: step.signal,
      timeoutMs,
      intervalMs: 50,
      maxIntervalMs: 1000,
      isFinal: (error) => error instanceof VicnfsError && error.code === 'VN-SHARE-SERVER-ENDED',
      onTimeout: (_error, tries) =>
        new VicnfsError(
          'VN-SHARE-NO-ADDRESS',
          `The server container shows no address on "${choice.network}" (${tries} looks).`,
        ),
    },
  )
}

/** Rejects as soon as the container has ended; never resolves. */
async function watchForEnd(api: VchApi, id: string, signal: AbortSignal): Promise<never> {
  return waitFor<never>(
    async (_n, attempt) => {
      const container = await api.inspectContainer(id, attempt)
      if (container?.state === 'exited') throw await serverEnded(api, container, attempt.signal)
      return undefined
    },
    {
      signal,
      timeoutMs: 2 ** 31 - 1,
      intervalMs: STATE_INTERVAL_MS,
      maxIntervalMs: 2000,
      isFinal: (error) => error instanceof VicnfsError && error.code === 'VN-SHARE-SERVER-ENDED',
      onTimeout: (error) => error as Error,
    },
  )
}

/**
 * Waits until the share can really be mounted, by the RPC calls that a VCH makes, from where `nfs` looks; stops early
 * when the server container ends, since then no waiting helps.
 * @throws VN-NFS-NOT-READY, VN-SHARE-SERVER-ENDED
 */
export async function awaitMountable(
  nfs: NfsAccess,
  address: ShareAddress,
  options: {
    readonly api: VchApi
    readonly id: string
    /** Of the server container. */
    readonly name: string
    readonly step: StepHandle
    readonly timeoutMs: number
  },
): Promise<SeenShare> {
  const {api, id, step, timeoutMs} = options
  const stop = new AbortController()
  const signal = AbortSignal.any([step.signal, stop.signal])
  const ended = watchForEnd(api, id, signal)
  ended.catch(() => undefined)
  const onAttempt = ({rung}: MountAttempt): void => step.progress(rung.finding)
  const mountable = nfs.waitUntilMountable(address, {signal, timeoutMs, onAttempt})
  mountable.catch(() => undefined)
  try {
    return await Promise.race([mountable, ended])
  } catch (error) {
    if (!(error instanceof VicnfsError) || error.code !== 'VN-NFS-NOT-READY') throw error
    throw await withServerWords(error, api, {id, name: options.name, signal: step.signal})
  } finally {
    stop.abort()
    // eslint-disable-next-line vicnfs/heeds-stop -- a container that was looking is removed before anything else is done
    await mountable.catch(() => undefined)
  }
}
