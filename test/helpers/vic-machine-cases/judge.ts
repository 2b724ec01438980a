import {classifyEnd} from '../../../src/vic-machine/change-end.js'
import {parseConfigurationOutput} from '../../../src/vic-machine/configuration-output.js'
import {parseInspectOutput} from '../../../src/vic-machine/inspect-output.js'
import {parseListOutput} from '../../../src/vic-machine/list-output.js'
import {failureOf} from '../../../src/vic-machine/reading-call.js'
import {parseVersionOutput} from '../../../src/vic-machine/version-output.js'
import type {Change, ChangeEnd} from '../../../src/vic-machine/vic-machine-api.js'

/** An ended run as vicnfs has it: the words it called with, and what came back. */
export interface EndedRun {
  readonly words: readonly string[]
  readonly stdout: string
  readonly stderr: string
  /** A signal's name when it was killed. */
  readonly exit: number | string
}

/** What vicnfs makes of a run, in short. */
export interface Judgement {
  /** Claim and code of a refusal; `read: …`; `refused CODE` for a reading call; `help`. */
  readonly means: string
  /** What vicnfs takes the VCH to be: only a change can make it another. */
  readonly vchIs: string
  /** The sentence for the operator, where there is one. */
  readonly sentence: string | undefined
  readonly tries: readonly string[]
}

export function judge(run: EndedRun): Judgement {
  const {words} = run
  if (words.length === 0 || /^(?:--help|-h|-x)$/.test(words.at(-1) ?? '')) return {...nothing, means: 'help'}
  return words[0] === 'configure' ? judgeChange(run) : judgeReading(run)
}

const nothing = {vchIs: 'as it was', sentence: undefined, tries: []}

export function kindOf(words: readonly string[]): Change['kind'] {
  if (words.includes('--rollback')) return 'rollback'
  return words.includes('--reset-progress') ? 'reset-progress' : 'configure'
}

function judgeChange({words, stdout, stderr, exit}: EndedRun): Judgement {
  const exitCode = typeof exit === 'number' ? {exitCode: exit} : {}
  const end = classifyEnd({kind: kindOf(words), stdout, stderr, ...exitCode})
  return {
    means: [end.claim, ...(end.refusal ? [shortCode(end.refusal.code)] : [])].join(' '),
    vchIs: stateOf(end),
    sentence: end.refusal?.message,
    tries: end.refusal?.tries ?? [],
  }
}

const STATES: Readonly<Record<ChangeEnd['claim'], string>> = {
  completed: 'changed',
  refused: 'untouched',
  'timed-out': 'half-done',
  'rolled-back': 'as before',
  failed: 'half-done',
  vanished: 'unknown',
}

function stateOf(end: ChangeEnd): string {
  const offline = end.offlineLabels.map((label) => `, ${label} offline`)
  const state = end.leftOff ? 'as before, but off' : STATES[end.claim]
  const killed = end.claim === 'vanished' ? ` since ${end.reached ?? 'the start'}` : ''
  return `${state}${killed}${offline.join('')}${end.twoSnapshots ? ', two snapshots' : ''}`
}

function judgeReading({words, stdout, stderr, exit}: EndedRun): Judgement {
  const exitCode = typeof exit === 'number' ? exit : undefined
  const failure = failureOf(words, {stdout, stderr, exitCode, signal: undefined, secrets: []})
  if (failure === undefined) return {...nothing, means: `read: ${readOf(words, stdout)}`}
  return {...nothing, means: `refused ${shortCode(failure.code)}`, sentence: failure.message, tries: failure.tries}
}

function readOf(words: readonly string[], stdout: string): string {
  if (words.includes('config')) {
    const {name, stores} = parseConfigurationOutput(stdout)
    return `${name ?? 'no name'} with ${
      stores
        .map(({label}) => label)
        .sort()
        .join(', ') || 'no store'
    }`
  }
  if (words[0] === 'inspect') {
    const {id, vchVersion, installerVersion, dockerHost} = parseInspectOutput(stdout)
    return `${id} of VIC ${vchVersion} at ${dockerHost}, seen by ${installerVersion}`
  }
  if (words[0] === 'ls') {
    const rows = parseListOutput(stdout)
    return rows.map(({id, name, path}) => `${id} ${name} in ${path}`).join('; ') || 'no VCH'
  }
  return parseVersionOutput(stdout)
}

function shortCode(code: string): string {
  return code.replace('VN-VICMACHINE-', '')
}
