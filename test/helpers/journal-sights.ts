import {readFile} from 'node:fs/promises'
import path from 'node:path'

import type {JournalEntry} from '../../src/journal/entry.js'

/** Every entry of the journal in a state directory, oldest first. */
export async function journalEntries(stateDirectory: string): Promise<JournalEntry[]> {
  const text = await readFile(path.join(stateDirectory, 'journal.jsonl'), 'utf8')
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as JournalEntry)
}

/** By whom entries are, in order, each stretch of one command once: two that took turns are there more than once. */
export function stretches(entries: readonly JournalEntry[]): string[] {
  const commands = entries.map(({command}) => command ?? '')
  return commands.filter((command, index) => index === 0 || command !== commands[index - 1])
}
