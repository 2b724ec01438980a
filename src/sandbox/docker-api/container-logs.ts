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

interface Sender {
  /** False while the client has not read what it was sent. */
  readonly isFree: () => boolean
  send(line: Line): void
  /** Resolves when the client has read, or when it or the API has gone. */
  readonly read: () => Promise<void>
}

function senderTo(call: ApiCall, form: (line: Line) => Buffer, closing: AbortSignal): Sender {
  const {response} = call
  return {
    isFree: () => !response.writableNeedDrain,
    send: (line) => void response.write(form(line)),
    read: async () => {
      if (!response.writableNeedDrain || response.destroyed || closing.aborted) return
      const over = new AbortController()
      const signal = AbortSignal.any([over.signal, closing])
      await Promise.race([once(response, 'drain', {signal}), once(response, 'close', {signal})]).catch(() => undefined)
      over.abort()
    },
  }
}

interface Follow {
  readonly sender: Sender
  readonly closing: AbortSignal
  /** How many records of the log were handed over before. */
  readonly sent: number
  /** False for a container that has ended. */
  readonly goesOn: boolean
}

/** Hands over what comes, until the container ends; a client that does not read is waited for, not buffered for. */
async function followLog(log: ContainerLog, call: ApiCall, {sender, closing, sent, goesOn}: Follow): Promise<void> {
  // `last` is everything when the container has ended: with AutoRemove the log is gone in a moment.
  const state: {next: number; behind: boolean; last?: readonly LogRecord[]} = {next: sent, behind: true}
  if (!goesOn) state.last = log.records()
  let wake = (): void => undefined
  const unfollow = log.follow({
    onRecord: (record) => {
      if (state.behind || !sender.isFree()) state.behind = true
      else sender.send(record)
      if (!state.behind) state.next += 1
      wake()
    },
    onEnd: () => {
      state.last = log.records()
      state.behind = true
      wake()
    },
  })
  const onOver = (): void => wake()
  call.response.once('close', onOver)
  closing.addEventListener('abort', onOver, {once: true})
  const isOver = (): boolean => call.response.destroyed || closing.aborted
  while (!isOver()) {
    const records = state.behind ? (state.last ?? log.records()) : []
    for (; state.next < records.length && !isOver(); state.next += 1) {
      sender.send(records[state.next] as LogRecord)
      if (!sender.isFree()) await sender.read()
    }
    if (state.last !== undefined && state.next >= state.last.length) break
    if (state.behind && state.next < (state.last ?? log.records()).length) continue
    state.behind = false
    await new Promise<void>((resolve) => (wake = resolve))
  }
  closing.removeEventListener('abort', onOver)
  unfollow()
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
  const form = (line: Line): Buffer => {
    const stamp = timestamps ? `${new Date(line.timeMs).toISOString().replace('Z', '000000Z')} ` : ''
    const data = Buffer.concat([Buffer.from(stamp), line.data])
    return tty ? terminalText(data) : frame('stdout', data)
  }
  const sender = senderTo(call, form, context.closing)
  const records = log.records()
  for (const line of tailOf(toLines(records.filter((one) => one.timeMs >= since)), query.get('tail'))) {
    sender.send(line)
    await sender.read()
  }
  // Only now: it may have ended while the client read.
  const {starting} = runtimeOf(context.containers.context, record.id)
  const goesOn = record.power !== 'exited' || starting !== undefined
  const follow = {sender, closing: context.closing, sent: records.length, goesOn}
  if (queryFlag(query, 'follow')) await followLog(log, call, follow)
  response.end()
}
