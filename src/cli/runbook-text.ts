import {formatDuration} from '../model/duration.js'
import {table} from './table.js'

interface ErrorView {
  readonly code: string
  readonly message: string
  readonly reason: string
  readonly tries: readonly string[]
  readonly recovery: readonly string[]
}

interface RecapView {
  readonly shares: readonly EntryView[]
  readonly stores: readonly StoreView[]
  readonly vchs: readonly VchView[]
  readonly steps: readonly StepView[]
  readonly counts: {
    readonly ok: number
    readonly changed: number
    readonly unchanged: number
    readonly failed: number
    readonly refused: number
    readonly notReached: number
    readonly powerCycles: number
    readonly durationMs: number
  }
}

interface EntryView {
  readonly key: string
  readonly vch: string
  readonly outcome: string
  readonly url?: string
  readonly error?: ErrorView
}

interface StoreView {
  readonly label: string
  readonly vch: string
  readonly share: string
  readonly outcome: string
  readonly url?: string
  readonly proof?: string
  readonly error?: ErrorView
}

interface VchView {
  readonly key: string
  readonly name?: string
  readonly outcome: string
  readonly powerCycles: number
  readonly error?: ErrorView
}

interface StepView {
  readonly name: string
  readonly phase: string
  readonly vch?: string
  readonly outcome: string
  readonly durationMs: number
  readonly error?: ErrorView
}

const PROOFS: Readonly<Record<string, string>> = {
  proven: 'proven by two containers',
  'proven-before': 'proven before',
  failed: 'NOT proven',
  'not-reached': 'not proven yet',
}

const because = (error: ErrorView | undefined): string => (error === undefined ? '' : `(${error.code})`)

function errorLines(recap: RecapView): string[] {
  const all = [...recap.vchs, ...recap.shares, ...recap.stores, ...recap.steps].flatMap(({error}) => error ?? [])
  const once = all.filter((error, index) => all.findIndex(({message}) => message === error.message) === index)
  return once.flatMap(({code, message, reason, tries, recovery}) => [
    `✗ ${message} (${code})`,
    `    why: ${reason.replaceAll('\n', '\n         ')}`,
    ...tries.map((command) => `    try: ${command}`),
    ...recovery.map((step, index) => `    ${index + 1}. ${step}`),
  ])
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [title, ...table(rows.map((row) => ['', ...row]))]
}

/** The last line: `ok=12 changed=3 …`, as ansible's recap has it. */
function countsText({counts}: Pick<RecapView, 'counts'>): string {
  const {ok, changed, unchanged, failed, refused, notReached, powerCycles, durationMs} = counts
  const words = [
    `ok=${ok}`,
    `changed=${changed}`,
    `unchanged=${unchanged}`,
    `failed=${failed}`,
    `refused=${refused}`,
    ...(notReached === 0 ? [] : [`not-reached=${notReached}`]),
    `power-cycles=${powerCycles}`,
    `time=${formatDuration(durationMs)}`,
  ]
  return `recap: ${words.join(' ')}`
}

/** What became of a runbook: share by share, store by store, VCH by VCH, then what went wrong, then the counts. */
export function recapText(recap: RecapView): string {
  const {shares, stores, vchs, steps} = recap
  return [
    ...section(
      'shares',
      shares.map(({key, vch, outcome, url = '', error}) => [outcome, key, `on ${vch}`, url || because(error)]),
    ),
    ...section(
      'stores',
      stores.map(({label, vch, outcome, url = '', proof = '', error}) => [
        outcome,
        label,
        `on ${vch}`,
        error === undefined ? url : because(error),
        PROOFS[proof] ?? '',
      ]),
    ),
    ...section(
      'VCHs',
      vchs.map(({key, outcome, powerCycles}) => [
        outcome,
        key,
        powerCycles === 0 ? 'no power-cycle' : `${powerCycles} power-cycle${powerCycles === 1 ? '' : 's'}`,
      ]),
    ),
    ...section(
      'steps',
      steps.map(({name, phase, vch, outcome, durationMs}) => [
        outcome,
        name,
        vch === undefined ? phase : `${phase} of ${vch}`,
        outcome === 'skipped' ? '' : formatDuration(durationMs),
      ]),
    ),
    ...errorLines(recap),
    countsText(recap),
  ].join('\n')
}
