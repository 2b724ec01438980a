import {runWork, type Work} from '../../engine/work.js'
import type {OnEvent} from '../../model/event.js'
import {createTimings} from '../../model/timings.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {ServiceOptions} from '../adapters.js'
import {countEntries, failureOf, type RunbookRecap} from './recap.js'

/** What had become of each part of a run; how long it took is added. */
export type RecapParts = Omit<RunbookRecap, 'counts' | 'timings'>

export interface RecappedTools {
  readonly work: Work
  readonly onEvent: OnEvent
  readonly recap: (parts: RecapParts) => RunbookRecap
}

/** A run that ends with a recap, which also says when each of its steps ran. */
export async function recapped(
  body: (tools: RecappedTools) => Promise<RunbookRecap>,
  options: ServiceOptions,
): Promise<RunbookRecap> {
  const startedMs = performance.now()
  const timings = createTimings()
  const onEvent: OnEvent = (event) => {
    timings.onEvent(event)
    options.onEvent?.(event)
  }
  const recap = (parts: RecapParts): RunbookRecap => {
    return {...parts, counts: countEntries(parts, performance.now() - startedMs), timings: timings.steps()}
  }
  return runWork((work) => body({work, onEvent, recap}), {...options, onEvent})
}

/** The interruption of a run, with what had become of each part by then. */
export function interruptedWith(error: VicnfsError, recap: RunbookRecap): VicnfsError {
  const {code, message, reason, tries, recovery, exitCode, details, cause} = error
  return new VicnfsError(code, message, {
    ...{reason, tries, recovery, exitCode, cause},
    details: {...details, recap},
  })
}

/** A recap and the error that it amounts to, if it does. */
export interface DoneRunbook {
  readonly recap: RunbookRecap
  readonly failure?: VicnfsError
}

/**
 * The end of a run as a command shows it: the recap comes first, also that of a run that was interrupted.
 * @param command what asks for the whole of it again
 * @throws what ended the run before it did anything
 */
export async function doneRunbook(run: Promise<RunbookRecap>, command: readonly string[]): Promise<DoneRunbook> {
  try {
    const recap = await run
    const failure = failureOf(recap, {command})
    return failure === undefined ? {recap} : {recap, failure}
  } catch (error) {
    const recap = isVicnfsError(error) && error.kind === 'interrupted' ? error.details['recap'] : undefined
    if (recap === undefined) throw error
    return {recap: recap as RunbookRecap, failure: error as VicnfsError}
  }
}
