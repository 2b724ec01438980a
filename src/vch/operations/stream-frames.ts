const HEADER_BYTES = 8
const STDERR = 2

/** One of Docker's stream frames: type, three zeros, length, bytes. */
interface Frame {
  readonly isStderr: boolean
  readonly payload: Buffer
}

/** Payloads of a stream in their order; what is not framed (a terminal) stays as it is. */
function* framesOf(stream: Buffer): Generator<Frame> {
  let offset = 0
  while (offset < stream.length) {
    const start = offset + HEADER_BYTES
    if (start > stream.length || !isHeader(stream, offset)) {
      yield {isStderr: false, payload: stream.subarray(offset)}
      return
    }
    const isStderr = stream[offset] === STDERR
    offset = start + stream.readUInt32BE(offset + 4)
    yield {isStderr, payload: stream.subarray(start, offset)}
  }
}

function isHeader(stream: Buffer, offset: number): boolean {
  return (stream[offset] ?? 9) <= 2 && stream[offset + 1] === 0 && stream[offset + 2] === 0 && stream[offset + 3] === 0
}

/** stdout and stderr as one text, in the order they came. */
export function demultiplexed(stream: Buffer): Buffer {
  return Buffer.concat([...framesOf(stream)].map(({payload}) => payload))
}

/** stdout and stderr apart from each other. */
export function separated(stream: Buffer): {readonly stdout: Buffer; readonly stderr: Buffer} {
  const frames = [...framesOf(stream)]
  const only = (isStderr: boolean): Buffer =>
    Buffer.concat(frames.filter((frame) => frame.isStderr === isStderr).map(({payload}) => payload))
  return {stdout: only(false), stderr: only(true)}
}
