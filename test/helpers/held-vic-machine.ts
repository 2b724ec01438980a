import {readdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {SandboxHandle} from '../../src/sandbox/lifecycle/handle.js'
import {endAtLast, heldAt, untilHeld} from './held-process.js'
import {processLives} from './watched-cli.js'

/** It is at work, and has changed nothing yet. */
export const CHANGE_BEGINS = /### Configuring VCH/
/** It has taken its snapshot, and the VCH is shut down with its stores of before. */
export const VCH_IS_OFF = /Setting VM configuration/
/** The VCH has its new stores, and boots. */
export const VCH_BOOTS = /Waiting for IP information/

/** A vic-machine that can be held in the middle of a change; in everything else it is the sandbox's own. */
export interface HeldVicMachine {
  /** Its executable. */
  readonly program: string
  /** The next change stands still right after these words. */
  arm(words: RegExp): Promise<void>
  /** Resolves with its pid as soon as it stands still. */
  held(): Promise<number>
  letGo(): void
}

/** SIGKILL to whatever runs that executable: its path is that of one sandbox of one test. */
async function killAllOf(executable: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // A process may end while it is looked at.
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (words.split('\0').includes(executable) && processLives(Number(pid))) process.kill(Number(pid), 'SIGKILL')
  }
}

/** Writes the executable into a folder. */
export async function heldVicMachine({vicMachinePath}: SandboxHandle, folder: string): Promise<HeldVicMachine> {
  const program = path.join(folder, 'vic-machine-to-hold')
  const armed = `${program}.armed`
  let held: number | undefined
  let isOver = false
  endAtLast(async () => {
    isOver = true
    await killAllOf(vicMachinePath)
  })
  const script = [
    '#!/bin/sh',
    // A pid is never there in part, and only one of two takes what is armed.
    `if [ "$1" = configure ] && mv '${armed}' '${program}.taken.'$$ 2>/dev/null; then`,
    `  . '${program}.taken.'$$`,
    `  echo $$ > '${program}.new' && mv '${program}.new' '${program}.pid'`,
    'fi',
    `exec '${vicMachinePath}' "$@"`,
    '',
  ]
  await writeFile(program, script.join('\n'), {mode: 0o755})
  return {
    program,
    async arm(words) {
      const settings = Object.entries(heldAt(words)).map(([name, value]) => `export ${name}='${value}'\n`)
      await rm(`${program}.pid`, {force: true})
      await writeFile(armed, settings.join(''))
    },
    async held() {
      let text = ''
      while (text === '') {
        if (isOver) throw new Error('no change has begun')
        text = await readFile(`${program}.pid`, 'utf8').catch(() => '')
        await delay(5)
      }
      const pid = Number(text)
      await untilHeld(pid, () => {
        if (!processLives(pid)) throw new Error('vic-machine ended without standing still')
      })
      held = pid
      return pid
    },
    letGo() {
      if (held !== undefined && processLives(held)) process.kill(held, 'SIGCONT')
      held = undefined
    },
  }
}
