import {waitFor} from '../../engine/wait-for.js'
import type {StepHandle} from '../../engine/work.js'
import {messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi, VchContainer} from '../../vch/vch-api.js'

/** Waits for the end of a stop that is under way. @throws VN-VCH-TIMEOUT */
async function untilStopped(
  api: VchApi,
  id: string,
  {step, timeoutMs}: {readonly step: StepHandle; readonly timeoutMs: number},
): Promise<void> {
  await waitFor(
    async (_n, attempt) => {
      const container = await api.inspectContainer(id, attempt)
      step.progress(container?.rawState ?? 'gone')
      return container?.state === 'stopping' ? undefined : true
    },
    {
      signal: step.signal,
      timeoutMs,
      intervalMs: 100,
      maxIntervalMs: 1000,
      onTimeout: (error) =>
        new VicnfsError('VN-VCH-TIMEOUT', 'The server container does not come to the end of its stop.', {
          ...(error === undefined ? {} : {reason: messageOf(error), cause: error}),
        }),
    },
  )
}

/**
 * Starts a server container. A stop that is under way, say of a run that was killed, would end what is started meanwhile,
 * so its end comes first.
 * @throws VN-VCH-TIMEOUT when it goes on stopping, VN-VCH-CONTAINER-MISSING when it was removed, VN-VCH-…
 */
export async function startServer(
  api: VchApi,
  {id, state}: Pick<VchContainer, 'id' | 'state'>,
  options: {readonly step: StepHandle; readonly timeoutMs: number},
): Promise<void> {
  if (state === 'stopping') await untilStopped(api, id, options)
  await api.startContainer(id, {signal: options.step.signal})
}
