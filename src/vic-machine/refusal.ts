import type {ErrorCode} from '../model/error-table.js'
import {redact, shellQuote} from '../model/redaction.js'
import type {LogLine} from './log-line.js'

/** A refusal of vic-machine that we know, as an error of the table. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly reason?: string
  readonly tries?: readonly string[]
}

/** One kind of refusal: the words that give it away, and what they mean. */
interface Rule {
  readonly pattern: RegExp
  readonly refusal: (match: RegExpExecArray, lines: readonly LogLine[]) => Refusal
}

const LIST = 'vic-machine-linux ls'

/** Logging in and finding vCenter (facts/vic-machine.md § 1.2; recordings auth-*, target-*, usage-target-*). */
const LOGIN_RULES: readonly Rule[] = [
  {
    pattern: /^vSphere password for (.*): ?$/m,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-PASSWORD-MISSING',
      message: `vic-machine has no password for ${match[1]}.`,
      tries: ['read -rs VIC_MACHINE_PASSWORD && export VIC_MACHINE_PASSWORD'],
    }),
  },
  {
    pattern: /Failed to log in to (\S+): (.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-LOGIN',
      message: `vCenter ${match[1]} refused the user name or the password (${match[2]}).`,
      tries: ['read -rs VIC_MACHINE_PASSWORD && export VIC_MACHINE_PASSWORD'],
    }),
  },
  {
    pattern: /Failed to verify certificate for target=(\S+) \(thumbprint=([0-9A-Fa-f:]+)\)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-THUMBPRINT-MISSING',
      message: `The certificate of ${match[1]} is not trusted; its thumbprint is ${match[2]}.`,
      reason:
        'vCenter has a certificate of its own making: compare this thumbprint with the one that vCenter shows, then give it.',
      tries: [`export VIC_MACHINE_THUMBPRINT=${match[2]}`],
    }),
  },
  {pattern: /Host "([^"]+)" thumbprint does not match "([^"]*)"/, refusal: (match) => thumbprintWrong(match)},
  {
    pattern: /lookup (\S+)(?: on \S+)?: no such host/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-TARGET-UNKNOWN',
      message: `The host name ${match[1]} of the vic-machine target does not resolve.`,
      tries: [`getent hosts ${shellQuote([match[1] ?? ''])}`],
    }),
  },
  {
    pattern: /Datacenter "([^"]+)" in --target is not found/,
    refusal: (match, lines) => datacenter(`There is no datacenter ${match[1]} in this vCenter`, lines),
  },
  {
    pattern: /Datacenter must be specified in --target/,
    refusal: (_, lines) => datacenter('This vCenter has more than one datacenter, and the target names none', lines),
  },
  {
    pattern:
      /failed to create validator: .*?((?:dial tcp (\S+): .*)|connection refused|connection reset by peer|server gave HTTP response to HTTPS client|no route to host|i\/o timeout|EOF)$/m,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-TARGET-UNREACHABLE',
      message: `No vCenter answers at the vic-machine target (${match[1]}).`,
    }),
  },
  {
    pattern: /--target argument must be specified|vSphere user must be specified/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-SETTINGS',
      message: `vic-machine said: ${match[0]}.`,
      tries: ['export VIC_MACHINE_TARGET=VCENTER/DATACENTER VIC_MACHINE_USER=USER'],
    }),
  },
  {
    pattern: /Incorrect Usage: invalid value "[^"]*" for flag -target: (?:parse )?(.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-TARGET-INVALID',
      message: `vic-machine cannot parse its target: ${match[1]}.`,
      tries: ['export VIC_MACHINE_TARGET=VCENTER/DATACENTER'],
    }),
  },
]

/** Finding the VCH (facts/vic-machine.md § 1.3). */
const VCH_RULES: readonly Rule[] = [
  {
    pattern: /No unambiguous default compute resource available|compute resource '([^']*)' not found/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-COMPUTE-RESOURCE',
      message:
        match[1] === undefined
          ? 'There is more than one cluster, so the VCH must be given by id, or with its compute resource.'
          : `There is no compute resource ${match[1]}.`,
      tries: [LIST],
    }),
  },
  {
    pattern:
      /Didn't find VM "([^"]+)" in resource pool|resource pool '[^']*\/([^/']+)' not found|id "([^"]+)" could not be found/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-VCH-UNKNOWN',
      message: `There is no VCH ${match[1] ?? match[2] ?? match[3]} where vic-machine looked.`,
      tries: [LIST],
    }),
  },
  {
    pattern: /^Not a VCH$/m,
    refusal: () => ({
      code: 'VN-VICMACHINE-VCH-UNKNOWN',
      message: 'The virtual machine with this id is not a VCH.',
      tries: [LIST],
    }),
  },
  {
    pattern: /VCH is not powered on, state (\S+)/,
    refusal: (match) => ({code: 'VN-VICMACHINE-VCH-OFF', message: `The VCH is not powered on (${match[1]}).`}),
  },
]

/** What configure refuses before it touches anything (facts/vic-machine.md § 2.1–2.3, 4). */
const CONFIGURE_RULES: readonly Rule[] = [
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
      message: `The VCH is older than this vic-machine, which said: ${match[0]}`,
      reason: 'vic-machine configures a VCH of its own version only: take the vic-machine of the version of the VCH.',
      tries: [LIST],
    }),
  },
  {
    pattern: /Incorrect Usage: (.*)|No help topic for (.*)|Unknown argument: (.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-USAGE',
      message: `This vic-machine does not understand what vicnfs asks of it: ${match[0]}.`,
      tries: ['vic-machine-linux version'],
    }),
  },
]

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

function thumbprintWrong(match: RegExpExecArray): Refusal {
  const [, host = '', given = ''] = match
  const code = 'VN-VICMACHINE-THUMBPRINT-WRONG'
  const message = `The certificate of ${host} does not have the thumbprint ${given}.`
  if (/[a-f]/.test(given)) {
    return {
      code,
      message,
      reason: 'vic-machine compares thumbprints as text, so they must be written in upper case.',
      tries: [`export VIC_MACHINE_THUMBPRINT=${given.toUpperCase()}`],
    }
  }
  const quoted = shellQuote([host])
  return {
    code,
    message,
    tries: [`openssl s_client -connect ${quoted} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha1`],
  }
}

function datacenter(what: string, lines: readonly LogLine[]): Refusal {
  const from = lines.findIndex((line) => line.text.startsWith('Suggested datacenters:'))
  const names = from < 0 ? [] : lines.slice(from + 1).flatMap((line) => /^ {2}"(.*)"$/.exec(line.text)?.[1] ?? [])
  const known = names.length === 0 ? '' : `; it has ${names.join(', ')}`
  return {
    code: 'VN-VICMACHINE-DATACENTER',
    message: `${what}${known}.`,
    tries: names.slice(0, 1).map((name) => `export VIC_MACHINE_TARGET=${shellQuote([`VCENTER/${name}`])}`),
  }
}

function named(lines: readonly LogLine[], pattern: RegExp): string {
  const labels = lines.flatMap((line) => pattern.exec(line.text)?.[1] ?? [])
  return labels.length === 0 ? '' : ` (${labels.join(', ')})`
}
