import {PassThrough, type Readable} from 'node:stream'

/** How a command in a container VM ended; a signal counts as 128 and its number, as in a shell. */
export interface CommandExit {
  readonly exitCode: number
  /** Number of the signal that ended it; 0 when it ended by itself. */
  readonly signal: number
}

/** A command that runs in a container VM. */
export interface CommandRun {
  readonly stdout: Readable
  readonly stderr: Readable
  /** Bytes for its stdin. */
  write(data: Buffer | string): void
  /** Ends its stdin. */
  end(): void
  /** @param name without SIG, such as `TERM` */
  kill(name: string): void
  /** @throws VN-SANDBOX-VM-LOST when the VM ended before */
  readonly exited: Promise<CommandExit>
}

/** The host's side of one command: what the control channel does with its frames. */
export interface CommandSide {
  readonly run: CommandRun
  output(stream: 'stdout' | 'stderr', data: Buffer): void
  exit(exit: CommandExit): void
  lost(error: Error): void
}

export interface CommandActions {
  readonly write: (data: Buffer | string) => void
  readonly kill: (name: string) => void
}

export function commandSide({write, kill}: CommandActions): CommandSide {
  const streams = {stdout: new PassThrough(), stderr: new PassThrough()}
  // Nobody need look at the end of a command.
  const {promise, resolve, reject} = openPromise<CommandExit>()
  const endStreams = () => {
    for (const stream of Object.values(streams)) stream.end()
  }
  return {
    run: {
      ...streams,
      write: (data) => {
        // An empty frame would be the end.
        if (data.length > 0) write(data)
      },
      end: () => write(''),
      kill,
      exited: promise,
    },
    output: (stream, data) => streams[stream].write(data),
    exit: (exit) => {
      endStreams()
      resolve(exit)
    },
    lost: (error) => {
      endStreams()
      reject(error)
    },
  }
}

/** A promise with its two ends; a rejection that nobody waits for is none. */
export function openPromise<T>(): {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
} {
  const ends: {resolve?: (value: T) => void; reject?: (error: Error) => void} = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(ends, {resolve, reject}))
  promise.catch(() => undefined)
  return {promise, resolve: (value) => ends.resolve?.(value), reject: (error) => ends.reject?.(error)}
}
