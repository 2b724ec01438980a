import {setTimeout as pause} from 'node:timers/promises'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import {withTimeLimit} from '../door/time-limit.js'
import type {Door} from '../door/door.js'
import {pathPart} from '../door/request.js'
import {isMissing, unless, type ApiFailure} from '../failures/api-failure.js'
import {missingContainer, shortId} from '../failures/container-error.js'
import {timeoutError} from '../failures/general-error.js'
import type {CallOptions} from '../vch-api.js'
import {inspectContainer} from './containers.js'

/** A little more than VIC's own three minutes, for answers that got lost. */
const ONE_WAIT_MS = 200_000
const DAY_MS = 86_400_000
/** Between two waits that ended without a result, so that a server which gives up at once is not flooded. */
const PAUSE_MS = 250

const gaveUp = ({message}: ApiFailure): boolean => /context deadline exceeded|ContainerWaitHandler/i.test(message)

/**
 * Waits until a container has ended. VIC's wait gives up after three minutes with a 500 (facts/vch-docker-api.md §
 * 3.4), so it is asked again, and inspect is asked in between.
 * @returns the exit code
 * @throws VN-VCH-CONTAINER-MISSING, VN-VCH-TIMEOUT after `timeoutMs` (default: a day)
 */
export async function waitContainer(door: Door, id: string, options: CallOptions = {}): Promise<number> {
  const {timeoutMs = DAY_MS, signal} = options
  return withTimeLimit(timeoutMs, signal, {
    onLimit: () => timeoutError(`wait for container ${shortId(id)}`, timeoutMs, door.endpoint),
    work: async (inner) => {
      for (;;) {
        const exitCode = (await oneWait(door, id, inner)) ?? (await exitCodeIfEnded(door, id, inner))
        if (exitCode !== undefined) return exitCode
        await pause(PAUSE_MS, undefined, {signal: inner})
      }
    },
  })
}

/** @returns undefined when the server, or we, gave up waiting */
async function oneWait(door: Door, id: string, signal: AbortSignal): Promise<number | undefined> {
  const kind = {
    doing: `wait for container ${shortId(id)}`,
    limitMs: ONE_WAIT_MS,
    explain: (failure: ApiFailure) => (isMissing(failure) ? missingContainer(id) : undefined),
  }
  try {
    const answer = await door.call(kind, {signal}, async (docker, inner) => {
      const wait: Promise<unknown> = docker.getContainer(pathPart(id)).wait({abortSignal: inner})
      return unless(gaveUp, wait)
    })
    const {StatusCode: exitCode} = (answer ?? {}) as {StatusCode?: unknown}
    return typeof exitCode === 'number' ? exitCode : undefined
  } catch (error) {
    if (isVicnfsError(error) && error.code === 'VN-VCH-TIMEOUT' && !signal.aborted) return undefined
    throw error
  }
}

async function exitCodeIfEnded(door: Door, id: string, signal: AbortSignal): Promise<number | undefined> {
  const container = await inspectContainer(door, id, {signal})
  if (container === undefined) throw missingContainer(id)
  return container.state === 'exited' ? container.exitCode : undefined
}
