import {asInterruption, throwIfInterrupted} from '../../engine/interruption.js'
import type {Work} from '../../engine/work.js'
import type {ConsumerAdapters} from '../adapters.js'
import {ensureImage} from '../share/ensure-server.js'
import {sweepChecks} from './leftovers.js'

/**
 * Makes the consumer VCH ready for containers of the check: their image is there, and what killed runs have left is not.
 * @param options.signal stops it, and the work's own does not: an exchange goes on after Ctrl-C until a server serves (S4)
 */
export async function makeReady(
  adapters: Pick<ConsumerAdapters, 'consumer' | 'journal'>,
  image: string,
  options: {readonly work: Work; readonly signal: AbortSignal},
): Promise<void> {
  const {signal} = options
  const work = options.work.shielded()
  throwIfInterrupted(signal)
  await work.step('share-check-image', `Make sure that the image ${image} is there`, (step) =>
    ensureImage(adapters.consumer, image, {...step, signal}).catch((error: unknown) => {
      throw asInterruption(error, signal)
    }),
  )
  await sweepChecks(adapters, {work, signal})
}
