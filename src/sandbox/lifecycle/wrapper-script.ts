import {renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {childEntry} from '../child-entry.js'
import type {SandboxState} from '../state/sandbox-state.js'

/** Where the executable of the stand-in lies; its name is the one that vic-machine's messages repeat. */
export function vicMachinePath(directory: string): string {
  return path.join(directory, 'vic-machine-linux')
}

/** Writes the executable. It replaces itself by node, so the pid of a call is that of the stand-in. */
export function writeWrapper(directory: string, state: SandboxState, controlPath: string): void {
  const words = [process.execPath, childEntry('vic-machine/main.js'), state.vicMachineVersion, controlPath]
  const file = vicMachinePath(directory)
  const script = [
    '#!/bin/sh',
    '# vic-machine of a vicnfs sandbox: an emulation, not the real one',
    `exec ${words.map(quoteShell).join(' ')} "$0" "$@"`,
    '',
  ].join('\n')
  // A running shell reads its script as it goes, so the file is replaced, never rewritten.
  writeFileSync(`${file}.new`, script, {mode: 0o755})
  renameSync(`${file}.new`, file)
}

function quoteShell(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
