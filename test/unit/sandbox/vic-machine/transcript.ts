import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {messages} from './call-stand-in.js'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

/** Where the recordings of the real vic-machine lie, beside the clone; they are no part of it. */
export const TRANSCRIPTS = path.resolve(repository, '../shared/vic-machine-transcripts')

/** One recorded run, as far as a replay needs it. */
export interface Transcript {
  readonly version: string
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly after: {
    readonly power: 'on' | 'off'
    readonly updateInProgress: string
    readonly stores: readonly string[]
    readonly snapshots: readonly string[]
  }
}

export function readTranscript(name: string): Transcript {
  const text = readFileSync(path.join(TRANSCRIPTS, `${name}.txt`), 'utf8')
  const section = (title: string) =>
    new RegExp(`^----- ${title} -----\\n([\\s\\S]*?)^----- `, 'm').exec(`${text}\n----- `)?.[1] ?? ''
  const indented = (title: string) =>
    (new RegExp(`^${title}:\\n((?:  .*\\n)*)`, 'm').exec(text)?.[1] ?? '')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(2))
  const after = section('simulated vCenter afterwards')
  return {
    version: /^source tag: v(.*)$/m.exec(text)?.[1] ?? '',
    words: indented('argv').slice(1),
    environment: Object.fromEntries(
      indented('environment')
        .filter((line) => line.startsWith('VIC_MACHINE_'))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    exitCode: Number(/^exit code: (\d+)$/m.exec(text)?.[1]),
    stdout: section('stdout'),
    stderr: section('stderr'),
    after: {
      power: /poweredOn/.test(after) ? 'on' : 'off',
      updateInProgress: /UpdateInProgress=(\S+)/.exec(after)?.[1] ?? '',
      stores: [...after.matchAll(/^ {2}volume store (.*): Scheme=(\w+) Host=(.*) Path=(.*) RawQuery=(.*)$/gm)].map(
        ([, label, scheme, host, storePath = '', query]) =>
          [label, scheme, host, storePath.replace(/^\[.*?\] /, ''), query === '<nil>' ? '' : query].join(' | '),
      ),
      snapshots: [...(/^snapshots of \S+:(.*)$/m.exec(after)?.[1]?.matchAll(/"([^"]+)"/g) ?? [])].map(
        ([, one]) => one ?? '',
      ),
    },
  }
}

/**
 * What must be alike in a recording and a replay. Left out: times; the lines with which an expired operation tells
 * where it noticed, whose number is a matter of chance; the order of what comes from a Go map.
 */
export function comparable(text: string): string[] {
  return messages(text)
    .filter((line) => !line.startsWith('error: vic/pkg/trace.(*Operation).Err:'))
    .map((line) =>
      line
        .replace(/^(?:[A-Z][a-z]{2} +\d+ \d{4} [\d:.]+(?:Z|[+-]\d\d:\d\d)) (\w+) +/, 'global $1: ')
        .replaceAll('pg-bridge', 'DC0_DVPG0'),
    )
    .map((line) =>
      line.includes('--volume-store=')
        ? line
            .split(/ (?=--[a-z])|\n\t/)
            .sort()
            .join(' ')
        : line,
    )
}

/** Sorts runs of lines that a Go map puts in any order. */
export function withoutMapOrder(lines: readonly string[]): string[] {
  const folders = lines.filter((line) => /^info: (?:Creating directory|Datastore path is) /.test(line)).sort()
  return lines.map((line) =>
    /^info: (?:Creating directory|Datastore path is) /.test(line) ? (folders.shift() ?? line) : line,
  )
}
