import {redact} from '../model/redaction.js'
import {CONFIGURE_RULES} from './configure-refusals.js'
import type {LogLine} from './log-line.js'
import {LOGIN_RULES, VCH_RULES} from './login-refusals.js'
import type {Refusal} from './refusal-rule.js'

/** The first one that fits; those that know a refusal only as a whole come last. */
const RULES = [...LOGIN_RULES, ...VCH_RULES, ...CONFIGURE_RULES]

/** The refusal that some output amounts to; undefined when vicnfs does not know it. */
export function findRefusal(lines: readonly LogLine[]): Refusal | undefined {
  const text = lines
    .filter((line) => line.level !== 'debug')
    .map((line) => line.text)
    .join('\n')
  for (const rule of RULES) {
    const match = rule.pattern.exec(text)
    if (match !== null) return rule.refusal(match, lines)
  }
  return undefined
}

/** A refusal without secrets; `tries` are made of what vic-machine shows of itself. */
export function redactRefusal(refusal: Refusal, secrets: readonly string[]): Refusal {
  return {...refusal, message: redact(refusal.message, secrets)}
}
