import type Docker from 'dockerode'
import type {Endpoint} from '../endpoint/endpoint.js'
import {connectionError} from '../failures/connection-error.js'
import {generalError, timeoutError} from '../failures/general-error.js'
import {readFailure, type ApiFailure} from '../failures/api-failure.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {CallOptions} from '../vch-api.js'
import {withTimeLimit} from './time-limit.js'

/** What one call is, apart from its doing. */
export interface CallKind {
  /** What could not be done, for messages: `inspect volume x`. */
  readonly doing: string
  /** Limit unless the caller sets one. */
  readonly limitMs: number
  /** Names an answer that only this call can get; undefined leaves it to the general rules. */
  readonly explain?: (failure: ApiFailure) => VicnfsError | undefined
}

/** The one way to the Docker API: each call has a time limit, an abort signal, and errors of ours. */
export interface Door {
  readonly endpoint: Endpoint
  call<T>(
    kind: CallKind,
    options: CallOptions | undefined,
    work: (docker: Docker, signal: AbortSignal) => Promise<T>,
  ): Promise<T>
}

const TOO_OLD = /client version \S+ is too old\. Minimum supported API version is (\d+\.\d+)/

export function openDoor(endpoint: Endpoint, docker: Docker): Door {
  return {
    endpoint,
    async call(kind, options, work) {
      const limitMs = options?.timeoutMs ?? kind.limitMs
      return withTimeLimit(limitMs, options?.signal, {
        onLimit: () => timeoutError(kind.doing, limitMs, endpoint),
        work: (signal) =>
          attempt(docker, (client) => work(client, signal)).catch((error: unknown) => {
            throw translated(error, kind, endpoint)
          }),
      })
    },
  }
}

/**
 * A plain Docker Engine of today may refuse API 1.25 (a VCH never does); it is then spoken to in its oldest version.
 */
async function attempt<T>(docker: Docker, work: (docker: Docker) => Promise<T>): Promise<T> {
  try {
    return await work(docker)
  } catch (error) {
    const minimum = TOO_OLD.exec(readFailure(error)?.message ?? '')?.[1]
    const modem = docker.modem as {version?: string}
    if (minimum === undefined || modem.version === `v${minimum}`) throw error
    modem.version = `v${minimum}`
    return work(docker)
  }
}

function translated(error: unknown, kind: CallKind, endpoint: Endpoint): unknown {
  if (error instanceof VicnfsError) return error
  const failure = readFailure(error)
  if (failure === undefined) return connectionError(error, endpoint)
  return kind.explain?.(failure) ?? generalError(failure, kind.doing, endpoint)
}
