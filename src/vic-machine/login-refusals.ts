import {shellQuote} from '../model/redaction.js'
import type {LogLine} from './log-line.js'
import {LIST, type Refusal, type RefusalRule} from './refusal-rule.js'

/** Logging in and finding vCenter (facts/vic-machine.md § 1.2; recordings auth-*, target-*, usage-target-*). */
export const LOGIN_RULES: readonly RefusalRule[] = [
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
    pattern: /--target should only specify datacenter in the path/,
    refusal: (_, lines) => datacenter('The vic-machine target names more than a datacenter', lines),
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
    pattern: /Incorrect Usage[:.] invalid value "[^"]*" for flag -target: (?:parse )?(.*)/,
    refusal: (match) => ({
      code: 'VN-VICMACHINE-TARGET-INVALID',
      message: `vic-machine cannot parse its target: ${match[1]}.`,
      tries: ['export VIC_MACHINE_TARGET=VCENTER/DATACENTER'],
    }),
  },
]

/** Finding the VCH (facts/vic-machine.md § 1.3). */
export const VCH_RULES: readonly RefusalRule[] = [
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
