import {Args, Flags} from '@oclif/core'

import {consentFlags, timeFlags, toTimeLimits} from './flags.js'

export const runbookArgs = {
  file: Args.string({description: 'The runbook, a YAML file', required: true}),
}

/** Which part of a runbook is meant. */
export const scopeFlags = {
  target: Flags.string({
    summary: 'Only this VCH of the runbook (again for more)',
    helpGroup: 'SCOPE',
    helpValue: '<key>',
    multiple: true,
  }),
  only: Flags.string({
    summary: 'Only this share of the runbook (again for more)',
    helpGroup: 'SCOPE',
    helpValue: '<share>',
    multiple: true,
  }),
}

/** Consents that bear on how stores are registered; like all consents on the command line only. */
export const runbookConsentFlags = {
  'allow-self-hosted': consentFlags['allow-self-hosted'],
  'address-reserved': consentFlags['address-reserved'],
  'adopt-store': consentFlags['adopt-store'],
  'reset-progress': consentFlags['reset-progress'],
  'no-rollback': consentFlags['no-rollback'],
}

export const workFlags = {
  parallel: Flags.integer({
    summary: 'How many shares, and how many VCHs, are worked on side by side',
    helpGroup: 'RUN',
    default: 4,
    min: 1,
    max: 32,
  }),
  'keep-going': Flags.boolean({
    summary: 'Do the rest when a share or a VCH fails or is refused',
    helpGroup: 'RUN',
  }),
}

export const runbookTimeFlags = timeFlags

interface ScopeValues {
  readonly target?: string[] | undefined
  readonly only?: string[] | undefined
}

export function toScope({target, only}: ScopeValues) {
  return {targets: target ?? [], only: only ?? []}
}

export function toRunbookLimits(flags: Parameters<typeof toTimeLimits>[0]) {
  return {limits: toTimeLimits(flags)}
}
