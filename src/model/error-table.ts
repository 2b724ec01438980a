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
import {EXIT_CODES, type ErrorSpec} from './error-codes/spec.js'
import {STORE_ERRORS} from './error-codes/store.js'
import {USAGE_ERRORS} from './error-codes/usage.js'
import {VCH_ERRORS} from './error-codes/vch.js'
import {VCH_TLS_ERRORS} from './error-codes/vch-tls.js'
import {VIC_MACHINE_ERRORS} from './error-codes/vic-machine.js'
import {WORK_ERRORS} from './error-codes/work.js'

/** Every error that vicnfs can report, by its stable code. */
export const ERROR_TABLE = {
  ...USAGE_ERRORS,
  ...SAFETY_ERRORS,
  ...STORE_ERRORS,
  ...SHARE_ERRORS,
  ...REGISTRATION_ERRORS,
  ...PARK_ERRORS,
  ...VCH_ERRORS,
  ...VCH_TLS_ERRORS,
  ...NFS_ERRORS,
  ...SHARE_CHECK_ERRORS,
  ...VIC_MACHINE_ERRORS,
  ...JOURNAL_ERRORS,
  ...WORK_ERRORS,
  ...SANDBOX_ERRORS,
  ...IMAGE_ERRORS,
  ...DOCTOR_ERRORS,
  ...MOVE_ERRORS,
  ...RUNBOOK_WORK_ERRORS,
  ...RUNBOOK_ERRORS,
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERROR_TABLE

/** The exit code that goes with an error code (DESIGN § 5). */
export function exitCodeOf(code: ErrorCode): number {
  return EXIT_CODES[ERROR_TABLE[code].kind]
}
