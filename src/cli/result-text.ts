import {proofText, type ProofView} from './proof-text.js'

interface RegistrationView {
  readonly outcome: 'registered' | 'unchanged' | 'planned'
  readonly label: string
  readonly url: string
  readonly vch: string
  readonly command?: string
}

interface ExposeView {
  readonly outcome: 'created' | 'started' | 'unparked' | 'recreated' | 'unchanged'
  readonly unchanged: boolean
  readonly share: {readonly name: string; readonly url: string}
  readonly next?: string
  readonly registration?: RegistrationView
  readonly proof?: ProofView
}

interface TeardownView {
  readonly outcome: 'removed' | 'parked' | 'unchanged'
  readonly name: string
  readonly unregistered: readonly string[]
  readonly parked: readonly string[]
  readonly data: 'kept' | 'deleted' | 'none' | 'unknown'
}

interface PreflightView {
  readonly host: string
  readonly path: string
  readonly readOnly: boolean
  readonly rungs: readonly {readonly state: string; readonly durationMs: number}[]
  /** Only where a container of a VCH climbed the ladder. */
  readonly proven?: readonly string[]
  readonly notProven?: readonly string[]
  readonly next?: string
}

function lines(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n')
}

function registrationLine(registration: RegistrationView): string {
  const where = `${registration.url} is the volume store "${registration.label}" of ${registration.vch}`
  if (registration.outcome === 'planned') return lines(`planned: ${where}`, `  ${registration.command ?? ''}`)
  return `${registration.outcome}: ${where}`
}

function useLine(label: string): string {
  return `use it: docker volume create --opt VolumeStore=${label} NAME`
}

/** The end of `expose-volume`. */
export function exposeText(result: ExposeView): string {
  const {share, registration, proof} = result
  const state = result.unchanged ? 'unchanged' : result.outcome === 'unchanged' ? 'running' : result.outcome
  return lines(
    `${state}: ${share.name} is shared at ${share.url}`,
    registration === undefined ? undefined : registrationLine(registration),
    proof === undefined ? undefined : proofText(proof),
    registration === undefined ? undefined : useLine(registration.label),
    result.next === undefined ? undefined : `next: ${result.next}`,
  )
}

/** The end of `register-store`. */
export function registerText(result: RegistrationView & {readonly proof?: ProofView}): string {
  return lines(
    registrationLine(result),
    result.proof === undefined ? undefined : proofText(result.proof),
    result.outcome === 'planned' ? undefined : useLine(result.label),
  )
}

const DATA = {
  kept: 'its volume and data are kept',
  deleted: 'its data is deleted, as confirmed',
  none: 'there is no volume of that name',
} as const

function takenDownLine({outcome, name, unregistered, parked}: TeardownView): string {
  if (parked.length > 0) {
    const since = outcome === 'unchanged' ? 'unchanged' : 'parked'
    return `${since}: an empty server stands in for ${name} as ${parked.join(', ')}, so that its VCH boots`
  }
  const stores = unregistered.length === 0 ? '' : `, un-registered: ${unregistered.join(', ')}`
  return outcome === 'unchanged' ? `unchanged: ${name} is not shared` : `removed: ${name} is shared no more${stores}`
}

/** The end of `teardown`. */
export function teardownText(result: TeardownView): string {
  const {name, data, parked} = result
  if (data === 'unknown') return `unchanged: the store "${name}" is registered no more, and its share is not served`
  return lines(
    `${takenDownLine(result)}; ${DATA[data]}`,
    parked.length > 0 && data === 'kept' ? `serve it again: vicnfs expose-volume ${name}` : undefined,
  )
}

/** The end of `preflight` that passed. */
export function preflightText(report: PreflightView): string {
  const passed = report.rungs.filter((rung) => rung.state === 'passed')
  const totalMs = passed.reduce((sum, rung) => sum + rung.durationMs, 0)
  const form = report.readOnly ? 'can be mounted (read-only look)' : 'can be used by a VCH'
  return lines(
    `passed: ${report.host}:${report.path} ${form}: ${passed.length} rungs in ${totalMs.toFixed(1)} ms`,
    ...(report.proven ?? []).map((what) => `  proven: ${what}`),
    ...(report.notProven ?? []).map((what) => `  not proven: ${what}`),
    report.next === undefined ? undefined : `next: ${report.next}`,
  )
}

interface MoveView {
  readonly outcome: 'moved' | 'unchanged'
  readonly from: string
  readonly to: string
  readonly url: string
  readonly stores: readonly string[]
  readonly containers: readonly string[]
  readonly entries: number
  readonly bytes: number
}

/** The end of `move-share`. */
export function moveText({outcome, from, to, url, stores, containers, entries, bytes}: MoveView): string {
  if (outcome === 'unchanged') return `unchanged: ${to} is served in place of ${from} at ${url}`
  const labels = stores.length === 0 ? '' : ` (${stores.join(', ')})`
  return lines(
    `moved: ${to} is served in place of ${from} at ${url}${labels}`,
    // What an earlier run has copied, and this one has only served, it cannot count.
    entries === 0 ? undefined : `  ${entries} entries copied through NFS and compared, ${bytes} bytes sent`,
    containers.length === 0 ? undefined : `  start again what you stopped for it of: ${containers.join(', ')}`,
    `  ${from} keeps its data: remove it by hand once you no longer need it`,
  )
}
