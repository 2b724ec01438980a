import {spawn} from 'node:child_process'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

import {endAtLast, heldAt, untilHeld} from './held-process.js'
import {recordPrinted} from './reached-codes/record.js'
import type {Environment} from './sandbox-bench.js'

const RUN_JS = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
/** For a CLI that is told to stop, and whose sandbox may be gone. */
const STOP_LIMIT_MS = 20_000

export interface WatchedEnd {
  readonly stdout: string
  readonly stderr: string
  /** undefined when it was killed. */
  readonly exitCode: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** A running CLI in a process group of its own, as a shell starts it: Ctrl-C reaches the whole group. */
export interface WatchedCli {
  readonly pid: number
  /** Resolves with the match as soon as stderr has it; rejects when the CLI ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves as soon as it stands still at the words of `holdAt`; rejects when it ends without them. */
  held(): Promise<void>
  /** Goes on after `held`. */
  letGo(): void
  /** A signal to the whole group, as the terminal sends it; one that stands still hears all but SIGKILL when it goes on. */
  signalGroup(name: NodeJS.Signals): void
  readonly finished: Promise<WatchedEnd>
}

export interface WatchOptions {
  /** A program and its words that start it, such as one that drops privileges. */
  readonly through?: readonly string[]
  /** Words, said on stderr or in a request, right after which it stands still until `letGo`. */
  readonly holdAt?: RegExp
}

function withoutUndefined(values: Environment): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}

/** Starts bin/run.js from dist, stdin empty, in a group of its own. */
export function watchCli(argv: readonly string[], env: Environment, options: WatchOptions = {}): WatchedCli {
  const [program = '', ...words] = [...(options.through ?? []), process.execPath, RUN_JS, ...argv]
  const child = spawn(program, words, {
    env: withoutUndefined({...process.env, ...env, ...(options.holdAt && heldAt(options.holdAt))}),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const {pid} = child
  if (pid === undefined) throw new Error('the CLI could not be started')
  const seen = {stdout: '', stderr: '', ended: false}
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const look of waiting) look()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.stderr += text
    wake()
  })
  const finished = new Promise<WatchedEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const {stdout, stderr} = seen
      recordPrinted({stdout, stderr})
      seen.ended = true
      resolve({stdout, stderr, exitCode: code ?? undefined, signal: signal ?? undefined})
      wake()
    })
  })
  const signalGroup = (name: NodeJS.Signals): void => {
    process.kill(-pid, name)
  }
  if (options.holdAt !== undefined) {
    const tell = (name: NodeJS.Signals): void => {
      if (!seen.ended && processLives(-pid)) signalGroup(name)
    }
    endAtLast(async () => {
      // In order where that is possible: it may have a sandbox of its own.
      for (const name of ['SIGTERM', 'SIGCONT'] as const) tell(name)
      await Promise.race([finished, delay(STOP_LIMIT_MS, undefined, {ref: false})])
      tell('SIGKILL')
    })
  }
  return {
    pid,
    finished,
    signalGroup,
    letGo: () => signalGroup('SIGCONT'),
    held: () =>
      untilHeld(pid, () => {
        if (seen.ended) throw new Error(`the CLI ended without standing still:\n${seen.stdout}\n${seen.stderr}`)
      }),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(seen.stderr)
          if (match === null && !seen.ended) return
          waiting.delete(look)
          if (match !== null) resolve(match)
          else reject(new Error(`the CLI ended without ${String(pattern)}:\n${seen.stdout}\n${seen.stderr}`))
        }
        waiting.add(look)
        look()
      }),
  }
}

/** Whether a process of this id lives, or one of the group of this id, negated; a zombie does not. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
