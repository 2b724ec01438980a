import {afterAll} from '@jest/globals'
import {readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

const HOOK = fileURLToPath(new URL('hold-at-words.js', import.meta.url))

const endings: (() => Promise<void>)[] = []

// A process that stands still does so for ever: wherever a test has failed, none is left behind.
afterAll(async () => {
  await Promise.all(endings.splice(0).map((end) => end()))
})

/** Has what may stand still ended once the tests of the file are over. */
export function endAtLast(end: () => Promise<void>): void {
  endings.push(end)
}

/** Variables under which a node process stands still right after it has said these words for the first time. */
export function heldAt(words: RegExp): {readonly NODE_OPTIONS: string; readonly VICNFS_TEST_HOLD_AT: string} {
  return {NODE_OPTIONS: `--import=${HOOK}`, VICNFS_TEST_HOLD_AT: words.source}
}

/** State by proc(5): T is one that was stopped by a signal. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

/**
 * Resolves as soon as a process stands still: a signal sent before would let it go on before it has stopped.
 * @param look called between two looks; what it throws ends the waiting
 */
export async function untilHeld(pid: number, look: () => void): Promise<void> {
  while ((await stateOf(pid)) !== 'T') {
    look()
    await delay(5)
  }
}
