import type {Duplex} from 'node:stream'

import {VicnfsError} from '../../../model/vicnfs-error.js'
import {commandSide, openPromise, type CommandRun, type CommandSide} from './command-run.js'
import {encodeFrame, frameReader, type Frame} from './frames.js'

/** The main command's number on the channel. */
const MAIN = 0

export interface ControlChannel {
  /** The kernel is up and PID 1 listens. @throws VN-SANDBOX-VM-LOST */
  readonly booted: Promise<unknown>
  /** Network and volumes are up and the main command has been started. @throws VN-SANDBOX-VM-START with PID 1's reason */
  readonly ready: Promise<unknown>
  /** Volumes are unmounted; what stood in the way, in words, empty when nothing did. @throws VN-SANDBOX-VM-LOST */
  readonly down: Promise<readonly string[]>
  /** The container's main command; it never ends where there is none. */
  readonly main: CommandRun
  configure(records: Buffer): void
  /** Starts another command in the container. @param records see container-config.ts */
  run(records: Buffer): CommandRun
  powerOff(graceMs: number): void
  /** The VM is gone: everything that is waited for fails with that error. */
  lost(error: Error): void
}

interface State {
  readonly booted: ReturnType<typeof openPromise<unknown>>
  readonly ready: ReturnType<typeof openPromise<unknown>>
  readonly down: ReturnType<typeof openPromise<readonly string[]>>
  readonly commands: Map<number, CommandSide>
}

/** Speaks with PID 1 of a container VM over a byte stream. */
export function openControlChannel(stream: Duplex): ControlChannel {
  const state: State = {booted: openPromise(), ready: openPromise(), down: openPromise(), commands: new Map()}
  let lastId = MAIN
  let gone: Error | undefined
  const send = (...frame: Parameters<typeof encodeFrame>) => {
    if (gone === undefined) stream.write(encodeFrame(...frame))
  }
  const addCommand = (id: number): CommandRun => {
    const side = commandSide({write: (data) => send('I', id, data), kill: (name) => send('K', id, name)})
    if (gone === undefined) state.commands.set(id, side)
    else side.lost(gone)
    return side.run
  }
  const read = frameReader()
  stream.on('data', (chunk: Buffer) => read(chunk).forEach((frame) => receive(state, frame)))
  // It breaks when the VM ends, which is told by lost().
  stream.on('error', () => undefined)
  return {
    booted: state.booted.promise,
    ready: state.ready.promise,
    down: state.down.promise,
    main: addCommand(MAIN),
    configure: (records) => send('C', MAIN, records),
    run: (records) => {
      lastId += 1
      const run = addCommand(lastId)
      send('E', lastId, records)
      return run
    },
    powerOff: (graceMs) => send('P', MAIN, String(graceMs)),
    lost: (error) => {
      gone = error
      for (const waiting of [state.booted, state.ready, state.down]) waiting.reject(error)
      for (const side of state.commands.values()) side.lost(error)
      state.commands.clear()
    },
  }
}

function receive({booted, ready, down, commands}: State, {type, id, payload}: Frame): void {
  if (type === 'B') booted.resolve(undefined)
  if (type === 'R') ready.resolve(undefined)
  if (type === 'F') ready.reject(new VicnfsError('VN-SANDBOX-VM-START', `The container VM says: ${String(payload)}.`))
  if (type === 'D') down.resolve(linesOf(payload))
  if (type === 'O' || type === 'S') commands.get(id)?.output(type === 'O' ? 'stdout' : 'stderr', payload)
  if (type !== 'X') return
  commands.get(id)?.exit({exitCode: payload.readUInt32BE(0), signal: payload.readUInt32BE(4)})
  commands.delete(id)
}

const linesOf = (text: Buffer): string[] =>
  String(text)
    .split('\n')
    .filter((line) => line !== '')
