import {appendFileSync, readFileSync, writeFileSync, writeSync} from 'node:fs'
import {homedir} from 'node:os'
import {isatty} from 'node:tty'
import {connectControl} from '../vcenter/control-client.js'
import {startDeadline} from './deadline.js'
import {dialTarget} from './dial-target.js'
import {LOG_FILE, openLog} from './log-file.js'
import {probeDockerApi} from './docker-probe.js'
import type {Surroundings} from './invocation.js'
import {createInterface} from 'node:readline'

/** A real vic-machine asks once a second; the sandbox is quicker in everything. */
const POLL_MS = 200

/** The process's own streams, working folder and environment, and the control server of its sandbox. */
export function systemSurroundings(controlPath: string): Surroundings {
  const log = openLog({
    write: (text) => appendFileSync(LOG_FILE, text, {mode: 0o644}),
    stderr: (text) => writeAll(2, text),
  })
  return {
    sink: {
      terminal: isatty(2),
      stdout: (text) => writeAll(1, text),
      stderr: (text) => writeAll(2, text),
      log,
      now: () => new Date(),
    },
    environment: process.env,
    connect: async (options) => {
      try {
        return await connectControl(controlPath, options)
      } catch (error) {
        options.signal.throwIfAborted()
        throw new Error(`getsockopt: connection refused (this VCH is an emulation of vicnfs, and it is not running)`, {
          cause: error,
        })
      }
    },
    dial: dialTarget,
    probe: probeDockerApi,
    ...(isatty(0) && {readPassword: readSilently}),
    readText,
    homeDirectory: homedir(),
    writeFile: writeText,
    limit: startDeadline,
    random: Math.random,
    pollMs: POLL_MS,
  }
}

function writeText(name: string, text: string): void {
  try {
    writeFileSync(name, text, {mode: 0o644})
  } catch (error) {
    writeAll(2, `Failed to write ${name}: ${(error as Error).message}\n`)
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Writes before it returns, so that order and completeness hold when the process ends or is killed. */
function writeAll(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text, 'utf8')
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      // A closed pipe kills a Go program; 141 is what a shell reports then.
      if (code === 'EPIPE') process.exit(141)
      if (code !== 'EAGAIN') throw error
    }
  }
}

/** One line from the terminal without echo. */
function readSilently(): Promise<string> {
  return new Promise((resolve) => {
    const lines = createInterface({input: process.stdin, terminal: true, output: undefined})
    lines.once('line', (line) => {
      lines.close()
      process.stdin.unref()
      resolve(line)
    })
  })
}
