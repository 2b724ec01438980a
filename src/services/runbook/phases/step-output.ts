import {once} from 'node:events'
import type {Readable} from 'node:stream'

import {redact} from '../../../model/redaction.js'

/** What is kept of a line while it lasts: a secret that begins within what is shown is whole in it. */
const KEPT_CHARACTERS = 4096
const SHOWN_CHARACTERS = 1000
/** Shorter lines of a secret are everywhere: `-----`, `}`. */
const SHORTEST_LINE = 8

// eslint-disable-next-line no-control-regex
const TERMINAL_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g

/** Output comes line by line, so a secret of several lines is looked for line by line, too. */
function withLines(secrets: readonly string[]): string[] {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/)).map((line) => line.trim())
  return [...secrets, ...lines.filter((line) => line.length >= SHORTEST_LINE)]
}

/** One line as it may be shown: a terminal is told nothing by it, no secret is in it, and it has an end. */
export function shownLine(line: string, secrets: readonly string[]): string {
  const plain = line
    .replace(TERMINAL_SEQUENCE, '')
    .replace(/\t/g, '  ')
    .replace(/\p{Cc}/gu, '\ufffd')
  const shown = redact(plain, withLines(secrets))
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown
}

/**
 * Reads a stream line by line until it ends or is closed; a last line without an end counts. However long a line is,
 * what is kept of it is bounded.
 */
export async function followLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let line = ''
  let [begun, afterReturn] = [false, false]
  const end = (): void => {
    if (begun) onLine(line)
    ;[line, begun] = ['', false]
  }
  const add = (text: string): void => {
    if (line.length < KEPT_CHARACTERS) line += text.slice(0, KEPT_CHARACTERS - line.length)
    begun ||= text !== ''
  }
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    for (const part of chunk.split(/(\r\n|\n|\r)/)) {
      const isEnd = part === '\n' || part === '\r' || part === '\r\n'
      // The two halves of an end of line may come in two chunks.
      if (part === '\n' && afterReturn && !begun) afterReturn = false
      else if (isEnd) {
        begun = true
        end()
      } else add(part)
      if (part !== '') afterReturn = part === '\r'
    }
  })
  stream.on('error', () => undefined)
  await once(stream, 'close')
  end()
}
