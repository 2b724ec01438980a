/** What goes over the control channel of a container VM; the other end is guest/tether.pl. */
export type FrameType =
  /** To the VM: configuration, run a command, its stdin (empty: end), signal, power off. */
  | 'C'
  | 'E'
  | 'I'
  | 'K'
  | 'P'
  /** From the VM: booted, ready, failed, stdout, stderr, exit, going down. */
  | 'B'
  | 'R'
  | 'F'
  | 'O'
  | 'S'
  | 'X'
  | 'D'

/** One message: its type, the command that it is about (0: the container's main one), and bytes. */
export interface Frame {
  readonly type: string
  readonly id: number
  readonly payload: Buffer
}

const HEADER_BYTES = 9

export function encodeFrame(type: FrameType, id: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(id, 1)
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

/** Puts frames together from chunks of any size. @returns a function from a chunk to the frames that it completes */
export function frameReader(): (chunk: Buffer) => readonly Frame[] {
  let pending: Buffer = Buffer.alloc(0)
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    const frames: Frame[] = []
    while (pending.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + pending.readUInt32BE(5)
      if (pending.length < end) break
      const [type, id] = [pending.toString('latin1', 0, 1), pending.readUInt32BE(1)]
      frames.push({type, id, payload: pending.subarray(HEADER_BYTES, end)})
      pending = pending.subarray(end)
    }
    return frames
  }
}

const prefixed = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Lists of strings, each string and each list with its length in front: blanks, quotes and line ends survive. */
export function encodeRecords(records: readonly (readonly string[])[]): Buffer {
  const lists = records.map((fields) => Buffer.concat(fields.map((field) => prefixed(Buffer.from(field)))))
  return Buffer.concat(lists.map(prefixed))
}
