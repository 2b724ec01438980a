import {readJsonLines, type JsonLine} from './json-lines.js'

/**
 * Reads the JSON lines of a pull to their end, a line at a time.
 * @returns the server's error, should one be among them
 * @throws when the stream breaks off
 */
export async function followPull(
  stream: NodeJS.ReadableStream,
  onProgress: ((text: string) => void) | undefined,
): Promise<string | undefined> {
  return readJsonLines(stream, (line) => {
    const progress = progressIn(line)
    if (progress !== undefined) onProgress?.(progress)
  })
}

function progressIn({status, id, progress}: JsonLine): string | undefined {
  if (typeof status !== 'string' || status === '') return undefined
  const of = typeof id === 'string' && id !== '' ? `${id}: ` : ''
  return `${of}${status}${typeof progress === 'string' && progress !== '' ? ` ${progress}` : ''}`
}
