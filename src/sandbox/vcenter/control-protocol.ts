import type {Control} from './control-api.js'

/** One request a line; `id` comes back with the answer. */
export interface ControlRequest {
  readonly id: number
  readonly op: keyof Control
  readonly args: readonly unknown[]
}

export type ControlReply =
  | {readonly id: number; readonly ok: true; readonly result: unknown}
  | {readonly id: number; readonly ok: false; readonly fault: string; readonly message: string}

/** A line longer than this is no request of ours. */
const MAX_LINE_BYTES = 1_048_576

/**
 * Splits a byte stream into JSON lines.
 * @param onMessage gets each parsed line
 * @param onGarbage a line that is no JSON, or too long
 */
export function lineReader(onMessage: (message: unknown) => void, onGarbage: () => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      const line = pending.subarray(0, end).toString('utf8')
      pending = pending.subarray(end + 1)
      const message = parse(line)
      if (message === undefined) {
        onGarbage()
        return
      }
      onMessage(message)
    }
    if (pending.length > MAX_LINE_BYTES) onGarbage()
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}

export function encodeLine(message: ControlRequest | ControlReply): string {
  return `${JSON.stringify(message)}\n`
}

/** @returns undefined when the message is no request */
export function asRequest(message: unknown): ControlRequest | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const {id, op, args} = message as Partial<ControlRequest>
  if (typeof id !== 'number' || typeof op !== 'string' || !Array.isArray(args)) return undefined
  return {id, op, args}
}
