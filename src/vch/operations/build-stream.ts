import {stripVTControlCharacters} from 'node:util'

import {readJsonLines, type JsonLine} from './json-lines.js'

/** Watches a build. */
export interface BuildWatcher {
  /** A step of the Dockerfile begins: `step 3 of 9: RUN apt-get update`. */
  readonly onStep?: (text: string) => void
  /** One line that a step has printed. */
  readonly onOutput?: (text: string) => void
}

/** How a build ended. */
export interface BuildEnd {
  /** The Engine's error; undefined when it went well. */
  readonly failure?: string
  /** The last step that was begun. */
  readonly step?: string
  /** The last lines that this step printed. */
  readonly tail: readonly string[]
}

const STEP = /^Step (\d+)\/(\d+) : (.*)$/
/** What the builder says of itself between the steps. */
const BUILDER = /^ ?(---> |Removing intermediate container )|^Successfully (built|tagged) /
const TAIL_LINES = 20
const LONGEST_STEP = 100

/** Reads the stream of the classic builder to its end. @throws when the stream breaks off */
export async function followBuild(stream: NodeJS.ReadableStream, watcher: BuildWatcher = {}): Promise<BuildEnd> {
  let step: string | undefined
  let tail: string[] = []
  const onText = (text: string): void => {
    const begun = STEP.exec(text)
    if (begun !== null) {
      step = `step ${begun[1] ?? ''} of ${begun[2] ?? ''}: ${shortened(begun[3] ?? '')}`
      tail = []
      watcher.onStep?.(step)
    } else if (text !== '' && !BUILDER.test(text)) {
      tail = [...tail, text].slice(-TAIL_LINES)
      watcher.onOutput?.(text)
    }
  }
  const lines = lineSplitter(onText)
  const failure = await readJsonLines(stream, (line) => lines.add(textIn(line)))
  lines.flush()
  return {...(failure === undefined ? {} : {failure}), ...(step === undefined ? {} : {step}), tail}
}

/** A RUN of a dozen commands is told by its beginning. */
function shortened(instruction: string): string {
  const words = instruction.replace(/\s+/g, ' ')
  return words.length > LONGEST_STEP ? `${words.slice(0, LONGEST_STEP)}…` : words
}

/** Output comes in pieces that need not end with a line; a pull of the base image in whole statuses. */
function textIn({stream, status, id, progressDetail}: JsonLine): string {
  if (typeof stream === 'string') return stream
  // A layer on its way says so many times a second.
  if (typeof status !== 'string' || typeof progressDetail?.current === 'number') return ''
  return `${typeof id === 'string' ? `${id}: ` : ''}${status}\n`
}

function lineSplitter(onLine: (text: string) => void): {add: (text: string) => void; flush: () => void} {
  let rest = ''
  const say = (text: string): void => onLine(stripVTControlCharacters(text).trimEnd())
  return {
    add(text) {
      const parts = (rest + text).split(/\r?\n|\r/)
      rest = parts.pop() ?? ''
      for (const part of parts) say(part)
    },
    flush() {
      if (rest !== '') say(rest)
    },
  }
}
