import {readRequest} from '../containers/create-request.js'
import {runtimeOf} from '../containers/host-context.js'
import type {LogRecord} from '../containers/container-log.js'
import {queryFlag, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {frame, terminalText} from './stream-frames.js'

/**
 * `POST /containers/{n}/attach`: output from now on (with `logs`, from the beginning), stdin to the process, until the
 * container ends or the client goes. A container that is not started yet can be attached to, as `docker run` does.
 */
export async function attach(context: ApiContext, call: ApiCall): Promise<void> {
  const record = context.containers.need(call.params[0] ?? '')
  const {query} = call
  const host = context.containers.context
  const {log} = runtimeOf(host, record.id)
  const {tty, openStdin} = readRequest(record.request)
  const stream = call.hijack()
  const send = ({stream: from, data}: Pick<LogRecord, 'stream' | 'data'>): void => {
    if (queryFlag(query, from)) stream.write(tty ? terminalText(data) : frame(from, data))
  }
  if (queryFlag(query, 'logs')) log.records().forEach(send)
  const over =
    record.power === 'exited' && runtimeOf(host, record.id).starting === undefined && !queryFlag(query, 'stream')
  const unfollow = log.follow({onRecord: send, onEnd: () => stream.end()})
  stream.once('close', unfollow)
  if (over) stream.end()
  if (openStdin && queryFlag(query, 'stdin')) feedStdin(context, record.id, stream)
  else stream.resume()
}

/** Passes stdin on as soon as the process runs; its end closes the process's stdin (`StdinOnce`). */
function feedStdin(context: ApiContext, id: string, stream: NodeJS.ReadWriteStream): void {
  const host = context.containers.context
  const connectTo = (): void => {
    const stdin = runtimeOf(host, id).process?.stdin
    if (stdin === undefined) stream.resume()
    else stream.pipe(stdin)
  }
  if (runtimeOf(host, id).process !== undefined) {
    connectTo()
    return
  }
  const unsubscribe = host.events.subscribe((event) => {
    if (event.id !== id || !['start', 'die', 'destroy'].includes(event.Action)) return
    unsubscribe()
    if (event.Action === 'start') connectTo()
  })
  stream.once('close', unsubscribe)
}
