import {createHash} from 'node:crypto'

import {redact} from '../../../model/redaction.js'
import type {Runbook, RunbookStep} from '../../../runbook/runbook.js'

/** A step without its secrets: a hash of a short secret would give it away. */
function withoutSecrets({secrets, ...step}: RunbookStep): unknown {
  const {name, when, phase, vch, timeoutMs, runs} = step
  const run = step.run.map((word) => redact(word, secrets))
  const env = Object.entries(step.env).map(([key, value]) => [key, redact(value, secrets)])
  return {name, when, phase, vch, timeoutMs, runs, run, env: Object.fromEntries(env) as unknown}
}

/** What a runbook says, as one short text; the same whatever the file is called and however it is laid out. */
export function hashRunbook(runbook: Runbook): string {
  const {file: _file, steps, ...rest} = runbook
  const content = JSON.stringify({...rest, steps: steps.map(withoutSecrets)}, sortedKeys)
  return createHash('sha256').update(content).digest('hex')
}

/** The order in which a document names its keys says nothing. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
