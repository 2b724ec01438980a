import {createInterface} from 'node:readline'
import {cleaned} from '../failures/api-failure.js'

interface PullLine {
  readonly status?: unknown
  readonly id?: unknown
  readonly progress?: unknown
  readonly error?: unknown
  readonly errorDetail?: {readonly message?: unknown}
}

/**
 * Reads the JSON lines of a pull to their end, a line at a time.
 * @returns the server's error, should one be among them
 * @throws when the stream breaks off
 */
export async function followPull(
  stream: NodeJS.ReadableStream,
  onProgress: ((text: string) => void) | undefined,
): Promise<string | undefined> {
  let failure: string | undefined
  const broken = new Promise<never>((_, reject) => stream.once('error', reject))
  const read = async (): Promise<void> => {
    for await (const text of createInterface({input: stream, crlfDelay: Infinity})) {
      const line = parseLine(text)
      failure ??= errorIn(line)
      const progress = progressIn(line)
      if (progress !== undefined) onProgress?.(progress)
    }
  }
  await Promise.race([read(), broken])
  return failure
}

/** A line that is no JSON is shown as it is. */
function parseLine(text: string): PullLine {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {status: text}
  }
}

function errorIn({error, errorDetail}: PullLine): string | undefined {
  const said = errorDetail?.message ?? error
  if (said === undefined) return undefined
  return cleaned(typeof said === 'string' ? said : JSON.stringify(said))
}

function progressIn({status, id, progress}: PullLine): string | undefined {
  if (typeof status !== 'string' || status === '') return undefined
  const of = typeof id === 'string' && id !== '' ? `${id}: ` : ''
  return `${of}${status}${typeof progress === 'string' && progress !== '' ? ` ${progress}` : ''}`
}
