import {interruption} from './interruption.js'

/**
 * What a look finds, or `instead` where it fails. Being told to stop is no failure of a look: taken for one, "nothing is
 * there" would be acted on.
 * @throws VN-INTERRUPTED once the signal is aborted
 */
export async function orElse<T, U>(
  look: Promise<T>,
  instead: U,
  {signal}: {readonly signal: AbortSignal},
): Promise<T | U> {
  try {
    return await look
  } catch (error) {
    if (signal.aborted) throw interruption(signal, error)
    return instead
  }
}
