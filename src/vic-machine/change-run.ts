import {watch} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {redact} from '../model/redaction.js'
import {CHANGE_FILES, readWhole, type ChangeEnded, type ChangeRequest, type ChangeStarted} from './change-folder.js'
import {classifyEnd} from './change-end.js'
import {parseLogLine} from './log-line.js'
import {followOutput} from './output-follower.js'
import {isAlive} from './process-identity.js'
import type {ChangeEnd, ChangeRun, FindChange} from './vic-machine-api.js'

/** Where no file-system events come (network file systems), and to notice that a process is gone. */
const POLL_MS = 250

/** Finds a change in its folder, whoever started it; undefined when none was started there. */
export const findChange: FindChange = async (folder) => {
  const request = await readWhole<ChangeRequest>(folder, CHANGE_FILES.request)
  const started = await readWhole<ChangeStarted>(folder, CHANGE_FILES.started)
  return request === undefined || started === undefined ? undefined : changeRun(folder, {request, started})
}

/** @param parts.secrets are kept out of all lines; a later process does not know them, and vic-machine never prints them */
export function changeRun(
  folder: string,
  parts: {readonly request: ChangeRequest; readonly started: ChangeStarted; readonly secrets?: readonly string[]},
): ChangeRun {
  const {request, started, secrets = []} = parts
  return {
    folder,
    pid: started.vicMachine.pid,
    async wait({signal, onLine}) {
      const outputs = [CHANGE_FILES.stdout, CHANGE_FILES.stderr].map((name) => followOutput(join(folder, name)))
      const narrate = (line: string) => {
        const {level, text} = parseLogLine(line)
        const shown = redact(text, secrets).trim()
        if (level !== 'debug' && shown !== '') onLine?.(shown)
      }
      const readOutputs = async (isLast: boolean) => {
        for (const output of outputs) await output.read(narrate, isLast)
      }
      const ended = await untilEnded({folder, started, signal, onTick: () => readOutputs(false)})
      await readOutputs(true)
      const [stdout = '', stderr = ''] = outputs.map((output) => output.text())
      const log = await readFile(join(folder, 'vic-machine.log'), 'utf8').catch(() => '')
      const exit = ended.exitCode === undefined ? {} : {exitCode: ended.exitCode}
      return withLog(classifyEnd({kind: request.kind, stdout, stderr, ...exit}, secrets), log)
    },
  }
}

interface Waiting {
  readonly folder: string
  readonly started: ChangeStarted
  readonly signal: AbortSignal | undefined
  readonly onTick: () => Promise<void>
}

/** Until the exit code is on disk, or vic-machine and its runner are both gone. Only the waiting can be aborted. */
async function untilEnded({folder, started, signal, onTick}: Waiting): Promise<ChangeEnded> {
  for (;;) {
    signal?.throwIfAborted()
    const isGone = !(await isAlive(started.vicMachine)) && !(await isAlive(started.runner))
    // Looked at after the processes: a runner that is gone has written what it was going to write.
    const ended = await readWhole<ChangeEnded>(folder, CHANGE_FILES.ended)
    if (ended !== undefined) return ended
    if (isGone) return {}
    await onTick()
    await nextEvent(folder, signal)
  }
}

/** Resolves at a change in the folder, at an abort, or after the poll interval. */
function nextEvent(folder: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watchFolder(folder, () => done())
    const timer = setTimeout(() => done(), POLL_MS)
    const done = () => {
      clearTimeout(timer)
      watcher?.close()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done, {once: true})
  })
}

function watchFolder(folder: string, onChange: () => void): {close(): void} | undefined {
  try {
    const watcher = watch(folder, onChange)
    watcher.on('error', onChange)
    return watcher
  } catch {
    return undefined
  }
}

/** vic-machine's own log tells what `--rollback` keeps to itself. */
function withLog(end: ChangeEnd, log: string): ChangeEnd {
  return {
    ...end,
    twoSnapshots: end.twoSnapshots || (end.claim !== 'completed' && /resolves to [2-9]\d* snapshots/.test(log)),
  }
}
