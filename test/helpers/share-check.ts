import {spawn, spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

import type {PreflightReport, Rung, ShareAddress} from '../../src/nfs/preflight/report.js'
import {shareUrl} from '../../src/model/share.js'

const PROGRAM = fileURLToPath(new URL('../../image/share-check', import.meta.url))

/** Perl is part of every Debian; undefined where it is new enough, else why the script cannot run here. */
export function whyNoPerl(): string | undefined {
  const {status, error} = spawnSync('perl', ['-e', 'use v5.36'], {encoding: 'utf8'})
  if (error !== undefined) return 'there is no perl here'
  return status === 0 ? undefined : 'perl is older than 5.36'
}

export interface CheckRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly rungs: readonly Rung[]
  readonly report: PreflightReport | undefined
}

/** How perl is called: under taint checks; warnings come on stderr. */
const TAINTED = ['-T', '-w']
/** Nothing but perl-base can be loaded. */
export const PERL_BASE_ONLY = [
  '-w',
  '-e',
  'BEGIN { @INC = grep { m{/perl-base$} } @INC } $0 = shift; do $0; die $@ if $@',
]

interface CheckOptions {
  readonly portmapPort: number
  readonly perl?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

const documents = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Runs image/share-check in this machine's perl. */
export async function runShareCheck(words: readonly string[], options: CheckOptions): Promise<CheckRun> {
  const env = {PATH: process.env['PATH'], VICNFS_PORTMAP_PORT: String(options.portmapPort), ...options.env}
  const child = spawn('perl', [...(options.perl ?? TAINTED), PROGRAM, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  options.signal?.addEventListener('abort', () => child.kill('SIGTERM'), {once: true})
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  const lines = documents(stdout)
  return {
    ...{exitCode, stdout, stderr},
    rungs: lines.flatMap((line) => (line['rung'] === undefined ? [] : [line['rung'] as Rung])),
    report: lines.find((line) => line['report'] !== undefined)?.['report'] as PreflightReport | undefined,
  }
}

/** `share-check --json` of a place. */
export function checkPlace(
  place: ShareAddress,
  options: CheckOptions & {readonly timeoutMs?: number; readonly readOnly?: boolean},
): Promise<CheckRun> {
  const {timeoutMs = 5000, readOnly = false} = options
  const words = ['--json', ...(readOnly ? ['--read-only'] : []), '--timeout', String(timeoutMs / 1000), shareUrl(place)]
  return runShareCheck(words, options)
}
