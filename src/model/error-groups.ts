import {DOCTOR_ERRORS} from './error-codes/doctor.js'
import {IMAGE_ERRORS} from './error-codes/image.js'
import {JOURNAL_ERRORS} from './error-codes/journal.js'
import {MOVE_ERRORS} from './error-codes/move.js'
import {NFS_ERRORS} from './error-codes/nfs.js'
import {PARK_ERRORS} from './error-codes/park.js'
import {REGISTRATION_ERRORS} from './error-codes/registration.js'
import {RUNBOOK_WORK_ERRORS} from './error-codes/runbook-work.js'
import {RUNBOOK_ERRORS} from './error-codes/runbook.js'
import {SAFETY_ERRORS} from './error-codes/safety.js'
import {SANDBOX_ERRORS} from './error-codes/sandbox.js'
import {SHARE_CHECK_ERRORS} from './error-codes/share-check.js'
import {SHARE_ERRORS} from './error-codes/share.js'
import {KIND_MEANINGS, type ErrorKind} from './error-codes/spec.js'
import {STORE_ERRORS} from './error-codes/store.js'
import {USAGE_ERRORS} from './error-codes/usage.js'
import {VCH_ERRORS} from './error-codes/vch.js'
import {VCH_TLS_ERRORS} from './error-codes/vch-tls.js'
import {VIC_MACHINE_ERRORS} from './error-codes/vic-machine.js'
import {WORK_ERRORS} from './error-codes/work.js'
import {ERROR_TABLE, exitCodeOf, type ErrorCode} from './error-table.js'

/** One error of the catalogue, complete. */
export interface CatalogueEntry {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly exitCode: number
  /** What an error of this kind says about the VCH. */
  readonly meaning: string
  readonly summary: string
  readonly cause: string
  readonly remedy: string
}

/** Errors that belong together, by where they come from. */
export interface ErrorGroup {
  readonly title: string
  readonly errors: readonly CatalogueEntry[]
}

/** In the order in which a command meets them. */
const GROUPS: readonly (readonly [title: string, rows: object])[] = [
  ['What was typed or set', USAGE_ERRORS],
  ['Safety rules', SAFETY_ERRORS],
  ['How a volume store is written', STORE_ERRORS],
  ['The share and its server container', SHARE_ERRORS],
  ['The exchange of a server: parking, re-creating', PARK_ERRORS],
  ['The move of a share to another volume', MOVE_ERRORS],
  ['Registration, un-registering and proof', REGISTRATION_ERRORS],
  ['What doctor finds', DOCTOR_ERRORS],
  ['How a runbook is written', RUNBOOK_ERRORS],
  ['The doing of a runbook', RUNBOOK_WORK_ERRORS],
  ["The VCH's Docker API", VCH_ERRORS],
  ['TLS on the way to a VCH', VCH_TLS_ERRORS],
  ['vic-machine', VIC_MACHINE_ERRORS],
  ['NFS', NFS_ERRORS],
  ['The look from a container of the VCH', SHARE_CHECK_ERRORS],
  ['Journal and locks', JOURNAL_ERRORS],
  ['The server image', IMAGE_ERRORS],
  ['The sandbox', SANDBOX_ERRORS],
  ['The running of a command', WORK_ERRORS],
]

function entryOf(code: ErrorCode): CatalogueEntry {
  const {kind, summary, cause, remedy} = ERROR_TABLE[code]
  return {code, kind, exitCode: exitCodeOf(code), meaning: KIND_MEANINGS[kind], summary, cause, remedy}
}

/** The whole catalogue; whatever belongs to no group stands in one of its own at the end. */
export function errorGroups(): readonly ErrorGroup[] {
  const all = Object.keys(ERROR_TABLE) as ErrorCode[]
  const grouped = new Set(GROUPS.flatMap(([, rows]) => Object.keys(rows)))
  const named = GROUPS.map(([title, rows]) => ({title, codes: all.filter((code) => Object.hasOwn(rows, code))}))
  const others = {title: 'Others', codes: all.filter((code) => !grouped.has(code))}
  return [...named, others]
    .filter(({codes}) => codes.length > 0)
    .map(({title, codes}) => ({title, errors: codes.map(entryOf)}))
}
