import {createInterface} from 'node:readline/promises'
import {Writable} from 'node:stream'

export interface PromptOptions {
  readonly signal: AbortSignal
  /** Called for Ctrl-C, which a terminal in raw mode gives as a key. */
  readonly onInterrupt: () => void
  readonly input?: NodeJS.ReadableStream
  readonly output?: NodeJS.WritableStream
  /** What is typed is not shown. */
  readonly hidden?: boolean
}

/** Asks one line on the terminal (stdin, stderr). @returns undefined at the end of the input @throws the signal's reason */
export async function ask(question: string, options: PromptOptions): Promise<string | undefined> {
  const {signal, input = process.stdin, output = process.stderr} = options
  const shown = options.hidden === true ? mutedAfter(question, output) : output
  const reader = createInterface({input, output: shown, terminal: true, historySize: 0})
  reader.on('SIGINT', options.onInterrupt)
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      reader.once('close', () => {
        resolve(undefined)
      })
      reader.question(question, {signal}).then(resolve, () => {
        reject(signal.reason as Error)
      })
    })
  } finally {
    reader.close()
    if (options.hidden === true) output.write('\n')
  }
}

/** Passes the question on and then nothing: readline echoes what is typed. */
function mutedAfter(question: string, output: NodeJS.WritableStream): Writable {
  output.write(question)
  return new Writable({
    write(_chunk, _encoding, done) {
      done()
    },
  })
}
