import {createInterface} from 'node:readline'
import {cleaned} from '../failures/api-failure.js'

/** One line of what the Docker API says while it pulls, builds or pushes. */
export interface JsonLine {
  readonly status?: unknown
  readonly id?: unknown
  readonly progress?: unknown
  readonly progressDetail?: {readonly current?: unknown; readonly total?: unknown} | null
  /** Output of a build. */
  readonly stream?: unknown
  /** Facts at the end of a push. */
  readonly aux?: unknown
  readonly error?: unknown
  readonly errorDetail?: {readonly message?: unknown}
}

/**
 * Reads JSON lines to the end of a stream, one at a time. These streams begin with status 200, so what goes wrong
 * later stands in a line.
 * @returns the server's first error, should one be among them
 * @throws when the stream breaks off
 */
export async function readJsonLines(
  stream: NodeJS.ReadableStream,
  onLine: (line: JsonLine) => void,
): Promise<string | undefined> {
  let failure: string | undefined
  const broken = new Promise<never>((_, reject) => stream.once('error', reject))
  const read = async (): Promise<void> => {
    for await (const text of createInterface({input: stream, crlfDelay: Infinity})) {
      const line = parseLine(text)
      failure ??= errorIn(line)
      onLine(line)
    }
  }
  await Promise.race([read(), broken])
  return failure
}

/** A line that is no JSON is shown as it is. */
function parseLine(text: string): JsonLine {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {status: text}
  }
}

function errorIn({error, errorDetail}: JsonLine): string | undefined {
  const said = errorDetail?.message ?? error
  if (said === undefined) return undefined
  return cleaned(typeof said === 'string' ? said : JSON.stringify(said))
}
