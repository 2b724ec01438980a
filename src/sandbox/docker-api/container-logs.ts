import {once} from 'node:events'
import type {ContainerLog, LogRecord} from '../containers/container-log.js'
import {readRequest} from '../containers/create-request.js'
import {runtimeOf} from '../containers/host-context.js'
import {VchError} from '../containers/vch-error.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import {queryFlag, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {frame, terminalText} from './stream-frames.js'

interface Line {
  readonly timeMs: number
  readonly data: Buffer
}

const NEW_LINE = 0x0a

/** Cuts records into lines; a line that goes on in the next record of its stream keeps its first time. */
function toLines(records: readonly LogRecord[]): readonly Line[] {
  const lines: Line[] = []
  const open = new Map<string, Line>()
  for (const {timeMs, stream, data} of records) {
    let begin = 0
    while (begin < data.length) {
      const end = data.indexOf(NEW_LINE, begin)
      const part = data.subarray(begin, end < 0 ? data.length : end + 1)
      const earlier = open.get(stream)
      open.delete(stream)
      const line =
        earlier === undefined
          ? {timeMs, data: part}
          : {timeMs: earlier.timeMs, data: Buffer.concat([earlier.data, part])}
      if (end < 0) open.set(stream, line)
      else lines.push(line)
      begin += part.length
    }
  }
  return [...lines, ...open.values()]
}

/** `since` is a Unix time with an optional fraction. */
function sinceMs(text: string | null): number {
  const seconds = Number(text ?? 0)
  return Number.isNaN(seconds) ? 0 : seconds * 1000
}

function tailOf(lines: readonly Line[], tail: string | null): readonly Line[] {
  const count = tail === null || tail === '' || tail === 'all' ? Number.NaN : Number(tail)
  if (Number.isNaN(count)) return lines
  return count === 0 ? [] : lines.slice(-count)
}

/** Hands over what is there, then what comes, until the container ends. */
function followLog(
  log: ContainerLog,
  call: ApiCall,
  options: {readonly send: (line: Line) => void; readonly closing: AbortSignal},
): Promise<void> {
  const {send, closing} = options
  return new Promise((resolve) => {
    const unfollow = log.follow({onRecord: send, onEnd: resolve})
    const stop = (): void => {
      unfollow()
      resolve()
    }
    once(call.response, 'close', {signal: closing}).then(stop, stop)
  })
}

/**
 * `GET /containers/{n}/logs` (facts/vch-docker-api.md § 3.7): both streams come as stdout frames, plain text with a TTY;
 * `timestamps` and `since` count from VIC 1.2 on. @throws VchError 400 when no stream is chosen
 */
export async function sendLogs(context: ApiContext, call: ApiCall): Promise<void> {
  const record = context.containers.need(call.params[0] ?? '')
  const {query, response} = call
  if (!queryFlag(query, 'stdout') && !queryFlag(query, 'stderr')) {
    throw new VchError(400, 'Bad parameters: you must choose at least one stream')
  }
  const {tty} = readRequest(record.request)
  const timed = vicBehaviour(context.store.state.vicVersion).logTimes
  const timestamps = timed && queryFlag(query, 'timestamps')
  const since = timed ? sinceMs(query.get('since')) : 0
  const {log} = runtimeOf(context.containers.context, record.id)
  response.writeHead(200, {'Content-Type': 'application/octet-stream'})
  response.flushHeaders()
  const send = (line: Line): void => {
    const stamp = timestamps ? `${new Date(line.timeMs).toISOString().replace('Z', '000000Z')} ` : ''
    const data = Buffer.concat([Buffer.from(stamp), line.data])
    response.write(tty ? terminalText(data) : frame('stdout', data))
  }
  const records = log.records().filter((one) => one.timeMs >= since)
  for (const line of tailOf(toLines(records), query.get('tail'))) send(line)
  const {starting} = runtimeOf(context.containers.context, record.id)
  const goesOn = record.power !== 'exited' || starting !== undefined
  if (queryFlag(query, 'follow') && goesOn) await followLog(log, call, {send, closing: context.closing})
  response.end()
}
