import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  watch,
} from 'node:fs'
import path from 'node:path'

export type OutputStream = 'stdout' | 'stderr'

export interface LogRecord {
  readonly timeMs: number
  readonly stream: OutputStream
  readonly data: Buffer
}

export interface LogFollower {
  onRecord(record: LogRecord): void
  /** The container's process has ended and everything it wrote was handed over. */
  onEnd(): void
}

/** Output of one container: its process writes two plain files, which outlive the daemon; an index adds times. */
export interface ContainerLog {
  readonly paths: Readonly<Record<OutputStream, string>>
  /** Takes in what the process wrote since the last call. */
  drain(): void
  /** Adds a line of the VCH's own to stderr. */
  note(text: string): void
  records(): readonly LogRecord[]
  follow(follower: LogFollower): () => void
  /** Watches the files until `end`. */
  begin(): void
  end(): void
}

const UNWATCHED_POLL_MS = 200

const STREAMS: readonly OutputStream[] = ['stdout', 'stderr']

/** Undefined for a line that is not whole: the disk was full, or the daemon was killed, while it was written. */
function readLine(line: string): LogRecord | undefined {
  try {
    const [timeMs, stream, data] = JSON.parse(line) as [number, OutputStream, string]
    return {timeMs, stream, data: Buffer.from(data, 'base64')}
  } catch {
    return undefined
  }
}

function readIndex(file: string): LogRecord[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : (readLine(line) ?? [])))
}

/** Adds a line to the index, or leaves the index as it was. @throws Error when the disk is full */
function appendToIndex(file: string, line: string): void {
  const sizeBytes = existsSync(file) ? statSync(file).size : 0
  try {
    appendFileSync(file, line, {mode: 0o600})
  } catch (error) {
    truncateSync(file, sizeBytes)
    throw error
  }
}

function readFrom(file: string, offset: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0)
  const fd = openSync(file, 'r')
  try {
    const data = Buffer.alloc(Math.max(0, fstatSync(fd).size - offset))
    return data.subarray(0, readSync(fd, data, 0, data.length, offset))
  } finally {
    closeSync(fd)
  }
}

function bytesOf(records: readonly LogRecord[], stream: OutputStream): number {
  return records.filter((one) => one.stream === stream).reduce((sum, one) => sum + one.data.length, 0)
}

/** Takes in what the two files gained, stamps it and hands it on. */
function createTail(directory: string, paths: ContainerLog['paths']) {
  const index = path.join(directory, 'output.jsonl')
  const earlier = readIndex(index)
  const offsets = {stdout: bytesOf(earlier, 'stdout'), stderr: bytesOf(earlier, 'stderr')}
  const followers = new Set<LogFollower>()
  const takeIn = (): void => {
    for (const stream of STREAMS) {
      const data = readFrom(paths[stream], offsets[stream])
      if (data.length === 0) continue
      const record = {timeMs: Date.now(), stream, data}
      // A new line first, so that the half line of a daemon that was killed does not take this one with it.
      appendToIndex(index, `\n${JSON.stringify([record.timeMs, stream, data.toString('base64')])}\n`)
      offsets[stream] += data.length
      for (const follower of followers) follower.onRecord(record)
    }
  }
  /** What cannot be noted now, on a full disk, stays in the process's files for the next time. */
  const drain = (): void => {
    try {
      takeIn()
    } catch {
      // The containers and the daemon go on.
    }
  }
  return {drain, followers, records: () => readIndex(index)}
}

/** Calls `changed` for each change. @returns what ends it */
function watchDirectory(directory: string, changed: () => void): () => void {
  try {
    const watcher = watch(directory, changed)
    watcher.on('error', () => undefined)
    return () => watcher.close()
  } catch {
    // No inotify watch is left to this user: looking from time to time does as well.
    const timer = setInterval(changed, UNWATCHED_POLL_MS).unref()
    return () => clearInterval(timer)
  }
}

function addLine(file: string, text: string): void {
  try {
    appendFileSync(file, `${text}\n`, {mode: 0o600})
  } catch {
    // A full disk is no reason for a container not to end.
  }
}

/** Opens the log in a container's directory, which is made when it is missing. */
export function openContainerLog(directory: string): ContainerLog {
  mkdirSync(directory, {recursive: true, mode: 0o700})
  const paths = {stdout: path.join(directory, 'stdout.log'), stderr: path.join(directory, 'stderr.log')}
  const {drain, followers, records} = createTail(directory, paths)
  let unwatch = (): void => undefined
  return {
    paths,
    drain,
    note: (text) => {
      addLine(paths.stderr, text)
      drain()
    },
    records: () => {
      drain()
      return records()
    },
    follow: (follower) => {
      followers.add(follower)
      return () => void followers.delete(follower)
    },
    begin: () => {
      unwatch()
      unwatch = watchDirectory(directory, drain)
      // What was written before it was watched.
      drain()
    },
    end: () => {
      unwatch()
      drain()
      for (const follower of [...followers]) follower.onEnd()
      followers.clear()
    },
  }
}
