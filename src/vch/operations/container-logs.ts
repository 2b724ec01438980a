import type {Door} from '../door/door.js'
import {pathPart} from '../door/request.js'
import {isMissing, type ApiFailure} from '../failures/api-failure.js'
import {missingContainer, shortId} from '../failures/container-error.js'
import type {CallOptions} from '../vch-api.js'
import {demultiplexed} from './stream-frames.js'

const LOGS_LIMIT_MS = 60_000

/** stdout and stderr in the order they came, at most `tailLines` lines. VIC sends both as stdout. */
export async function containerLogs(
  door: Door,
  id: string,
  {tailLines, ...options}: CallOptions & {readonly tailLines?: number} = {},
): Promise<string> {
  const kind = {
    doing: `show the log of container ${shortId(id)}`,
    limitMs: LOGS_LIMIT_MS,
    explain: (failure: ApiFailure) => (isMissing(failure) ? missingContainer(id) : undefined),
  }
  return door.call(kind, options, async (docker, signal) => {
    const tail = tailLines === undefined ? {} : {tail: tailLines}
    const query = {stdout: true, stderr: true, follow: false as const, ...tail, abortSignal: signal}
    const answer: unknown = await docker.getContainer(pathPart(id)).logs(query)
    return lastLines(logText(answer), tailLines)
  })
}

/** docker-modem gives a log that happens to be JSON as the parsed value. */
function logText(answer: unknown): string {
  if (Buffer.isBuffer(answer)) return demultiplexed(answer).toString('utf8')
  return typeof answer === 'string' ? answer : JSON.stringify(answer)
}

function lastLines(text: string, count: number | undefined): string {
  if (count === undefined) return text
  const end = text.endsWith('\n') ? '\n' : ''
  const lines = text.slice(0, text.length - end.length).split('\n')
  return count <= 0 ? '' : lines.slice(-count).join('\n') + end
}
