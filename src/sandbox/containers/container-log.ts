import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
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

const STREAMS: readonly OutputStream[] = ['stdout', 'stderr']

function readIndex(file: string): LogRecord[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((line) => {
    const [timeMs, stream, data] = JSON.parse(line) as [number, OutputStream, string]
    return {timeMs, stream, data: Buffer.from(data, 'base64')}
  })
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
  const drain = (): void => {
    for (const stream of STREAMS) {
      const data = readFrom(paths[stream], offsets[stream])
      if (data.length === 0) continue
      offsets[stream] += data.length
      const record = {timeMs: Date.now(), stream, data}
      appendFileSync(index, `${JSON.stringify([record.timeMs, stream, data.toString('base64')])}\n`, {mode: 0o600})
      for (const follower of followers) follower.onRecord(record)
    }
  }
  return {drain, followers, records: () => readIndex(index)}
}

/** Opens the log in a container's directory, which is made when it is missing. */
export function openContainerLog(directory: string): ContainerLog {
  mkdirSync(directory, {recursive: true, mode: 0o700})
  const paths = {stdout: path.join(directory, 'stdout.log'), stderr: path.join(directory, 'stderr.log')}
  const {drain, followers, records} = createTail(directory, paths)
  let watcher: ReturnType<typeof watch> | undefined
  const unwatch = (): void => {
    watcher?.close()
    watcher = undefined
  }
  return {
    paths,
    drain,
    note: (text) => {
      appendFileSync(paths.stderr, `${text}\n`, {mode: 0o600})
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
      watcher = watch(directory, drain)
    },
    end: () => {
      unwatch()
      drain()
      for (const follower of [...followers]) follower.onEnd()
      followers.clear()
    },
  }
}
