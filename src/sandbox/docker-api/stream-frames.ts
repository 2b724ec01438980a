import type {OutputStream} from '../containers/container-log.js'

const STREAM_NUMBERS: Readonly<Record<OutputStream, number>> = {stdout: 1, stderr: 2}

/** One frame of docker's multiplexed stream: stream number, three zeros, length, data. */
export function frame(stream: OutputStream, data: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(STREAM_NUMBERS[stream], 0)
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, data])
}

/** Line ends as a terminal shows them; the container's process has no terminal of its own here. */
export function terminalText(data: Buffer): Buffer {
  return Buffer.from(data.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}
