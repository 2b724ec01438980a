import {orElse} from '../../engine/or-else.js'
import {dockerCommand} from '../../model/docker-command.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {VchApi, VchContainer} from '../../vch/vch-api.js'

const LOG_LINES = 40
const SHOWN_LINES = 3
/** How the server image begins a line that says what is wrong (DESIGN § 8). */
const FAULT = /^nfs-server: error: (.*)$/

const linesOf = (log: string): readonly string[] => log.split('\n').filter((line) => line.trim() !== '')

/**
 * What a server container says of its own trouble: the faults that it names, else its last lines.
 * @returns an empty array when it said nothing
 */
export function wordsOf(log: string): readonly string[] {
  const lines = linesOf(log)
  const faults = lines.flatMap((line) => FAULT.exec(line)?.[1] ?? [])
  return faults.length > 0 ? faults : lines.slice(-SHOWN_LINES)
}

async function readWords(
  api: VchApi,
  id: string,
  signal: AbortSignal,
): Promise<{readonly words: readonly string[]; readonly log: readonly string[]}> {
  const log = await orElse(api.containerLogs(id, {signal, tailLines: LOG_LINES}), '', {signal})
  return {words: wordsOf(log), log: linesOf(log)}
}

/** VN-SHARE-SERVER-ENDED with the server's own words. */
export async function serverEnded(api: VchApi, container: VchContainer, signal: AbortSignal): Promise<VicnfsError> {
  const {words, log} = await readWords(api, container.id, signal)
  const message = `The server container "${container.name}" ended with exit code ${container.exitCode}.`
  return new VicnfsError('VN-SHARE-SERVER-ENDED', message, {
    reason: words.length === 0 ? 'It left no log line.' : `It says: ${words.join(' | ')}`,
    tries: [dockerCommand(api.endpoint, ['logs', container.name])],
    details: {exitCode: container.exitCode, log},
  })
}

/** The error of a share that did not become mountable in time, with what its running server says beside it. */
export async function withServerWords(
  error: VicnfsError,
  api: VchApi,
  server: {readonly id: string; readonly name: string; readonly signal: AbortSignal},
): Promise<VicnfsError> {
  const {words, log} = await readWords(api, server.id, server.signal)
  if (words.length === 0) return error
  return new VicnfsError(error.code, error.message, {
    reason: `${error.reason.replace(/\.$/, '')}. The server says: ${words.join(' | ')}`,
    tries: [dockerCommand(api.endpoint, ['logs', server.name]), ...error.tries].slice(0, 2),
    details: {...error.details, log},
    cause: error,
  })
}
