import type {LogLine} from './log-line.js'
import {LIST, type RefusalRule} from './refusal-rule.js'

/** What configure refuses before it touches anything (facts/vic-machine.md § 2.1–2.3, 4). */
const REASONS: readonly RefusalRule[] = [
  {
    pattern: /another upgrade\/configure operation is in progress/,
    refusal: () => ({
      code: 'VN-VICMACHINE-IN-PROGRESS',
      message: 'The VCH is marked as being configured or upgraded.',
      reason:
        'Another vic-machine is at work on it, or one was ended or timed out; once vSphere shows that none is, the mark is taken away with --reset-progress.',
    }),
  },
  {
    pattern: /all existing volume stores must also be specified/,
    refusal: (_, lines) => ({
      code: 'VN-VICMACHINE-STORES-MISSING',
      message: `vic-machine refused: the VCH has volume stores that were not restated${named(lines, /^Existing volume store (.*) not specified/)}.`,
    }),
  },
  {
    pattern: /changes to existing volume stores are not supported/,
    refusal: (_, lines) => ({
      code: 'VN-VICMACHINE-STORES-CHANGED',
      message: `vic-machine refused: a volume store would change its place${named(lines, /^Found changes to existing volume store (.*)$/)}.`,
    }),
  },
  {
    pattern:
      /volume store input must be in format.*|parsed url for option --volume-store could not be parsed as a url|Please specify a datastore or nfs target|--volume-store contains unsupported characters.*|volume store target \(.*\) is missing the (?:host|path) field/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-STORE-SYNTAX',
      message: `vic-machine refused how a volume store is written: ${match[0].replace(/[.,\s]+$/, '')}.`,
    }),
  },
  {
    pattern: /datastore '([^']*)' not found/,
    refusal: (match) => ({code: 'VN-VICMACHINE-DATASTORE-UNKNOWN', message: `There is no datastore ${match[1]}.`}),
  },
  {
    pattern: /Failed to validate operations credentials: (.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-OPS-USER',
      message: `vCenter refused the operations user stored in the VCH (${match[1]}).`,
    }),
  },
  {
    pattern: /.*please upgrade first.*/i,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-UPGRADE-FIRST',
      message: `The VCH is older than this vic-machine, which said: ${match[0].replace(/\.$/, '')}.`,
      reason: 'vic-machine configures a VCH of its own version only: take the vic-machine of the version of the VCH.',
      tries: [LIST],
    }),
  },
  {
    pattern: /Incorrect Usage[:.] (.*)|No help topic for (.*)|Unknown argument: (.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-USAGE',
      message: `This vic-machine does not understand what vicnfs asks of it: ${match[0]}.`,
      tries: ['vic-machine-linux version'],
    }),
  },
]

/** What is known only as a whole, after all that is known by its reason (facts/vic-machine.md § 2.3). */
const WHOLES: readonly RefusalRule[] = [
  {
    pattern: /configuration validation failed|validation of configuration failed/,
    refusal: (_, lines) => ({
      code: 'VN-VICMACHINE-VALIDATION',
      message: `vic-machine refused the configuration of the VCH${issues(lines)}.`,
      reason: 'Nothing was touched: configure checks networks, hosts, licences, DRS and datastores again each time.',
    }),
  },
]

export const CONFIGURE_RULES: readonly RefusalRule[] = [...REASONS, ...WHOLES]

/** What stands between the rule and the sentence that sums it up. */
function issues(lines: readonly LogLine[]): string {
  const errors = lines.filter((line) => line.level === 'error').map((line) => line.text.trim())
  const end = errors.findIndex((text) => /validation failed/.test(text))
  const start = errors.lastIndexOf('--------------------', end)
  const found = errors.slice(start + 1, Math.max(end, 0)).map((text) => text.replace(/[.\s]+$/, ''))
  return found.length === 0 ? '' : `: ${found.join('; ')}`
}

function named(lines: readonly LogLine[], pattern: RegExp): string {
  const labels = lines.flatMap((line) => pattern.exec(line.text)?.[1] ?? [])
  return labels.length === 0 ? '' : ` (${labels.join(', ')})`
}
