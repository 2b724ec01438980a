import {open} from 'node:fs/promises'
import {StringDecoder} from 'node:string_decoder'

/** Reads a growing file piece by piece, in whole lines. */
export interface OutputFollower {
  /** Everything read so far. */
  text(): string
  /** Reads what is new and gives the lines that are complete; `isLast` gives the rest, too. */
  read(onLine: (line: string) => void, isLast: boolean): Promise<void>
}

const CHUNK_BYTES = 64 * 1024

export function followOutput(path: string): OutputFollower {
  const decoder = new StringDecoder('utf8')
  let position = 0
  let text = ''
  let rest = ''

  async function readNew(): Promise<string> {
    const file = await open(path, 'r').catch(() => undefined)
    if (file === undefined) return ''
    try {
      let fresh = ''
      const buffer = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const {bytesRead} = await file.read(buffer, 0, CHUNK_BYTES, position)
        if (bytesRead === 0) return fresh
        position += bytesRead
        fresh += decoder.write(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }

  return {
    text: () => text,
    async read(onLine, isLast) {
      const fresh = (await readNew()) + (isLast ? decoder.end() : '')
      text += fresh
      const lines = (rest + fresh).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
      if (isLast && rest !== '') {
        onLine(rest)
        rest = ''
      }
    },
  }
}
