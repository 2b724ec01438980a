import {readdirSync, readFileSync, realpathSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'
import {signalProcess} from './process-identity.js'

/** Environment variable of everything that a sandbox runs; children inherit it, also in sessions of their own. */
const VARIABLE = 'VICNFS_SANDBOX_PLACE'

const ROUND_MS = 5
const ROUNDS = 200

/** A process of a sandbox, and its place: the state directory for the daemon, else the directory of its container. */
export interface MarkedProcess {
  readonly pid: number
  readonly place: string
  /** Belongs to a directory below the one that was asked for. */
  readonly below: boolean
}

function real(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return directory
  }
}

/** What marks a process as one of that directory. */
export function placeMark(directory: string): Record<string, string> {
  return {[VARIABLE]: real(directory)}
}

function placeOf(pid: number): string | undefined {
  try {
    const items = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    return items.find((item) => item.startsWith(`${VARIABLE}=`))?.slice(VARIABLE.length + 1)
  } catch {
    // Somebody else's, or gone.
    return undefined
  }
}

/** The processes that belong to a directory or to one below it. */
export function markedProcesses(directory: string): readonly MarkedProcess[] {
  const wanted = real(directory)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const place = placeOf(Number(name))
      const below = place?.startsWith(`${wanted}/`) === true
      return place !== undefined && (below || place === wanted) ? [{pid: Number(name), place, below}] : []
    })
}

/**
 * Ends the processes of a directory by SIGKILL, also those that they start meanwhile. Resolves when none is left, or
 * after a second.
 * @param spared places whose processes go on
 */
export async function endMarked(directory: string, spared: readonly string[] = []): Promise<void> {
  const kept = new Set(spared.map(real))
  for (let round = 0; round < ROUNDS; round++) {
    const left = markedProcesses(directory).filter(({place}) => !kept.has(place))
    if (left.length === 0) return
    for (const {pid} of left) signalProcess(pid, 'SIGKILL', {group: false})
    await delay(ROUND_MS)
  }
}
