import {VicnfsError} from '../../model/vicnfs-error.js'
import {worstExitCode, type RecapError} from './recap.js'

/** Refuses with everything that speaks against a run, not only the first. @throws VN-RUNBOOK-REFUSED */
export function refuseAll(
  refused: readonly {readonly what: string; readonly error: RecapError}[],
  details: Readonly<Record<string, unknown>> = {},
): void {
  if (refused.length === 0) return
  const listed = refused.map(({what, error}) => `${what}: ${error.message} (${error.code}) ${error.reason}`)
  const count = refused.length === 1 ? 'One thing' : `${refused.length} things`
  const refusals = refused.map(({what, error: {code, message, reason, tries, recovery, exitCode}}) => {
    return {what, code, message, reason, tries, recovery, exitCode}
  })
  throw new VicnfsError(
    'VN-RUNBOOK-REFUSED',
    `${count} that the runbook asks for cannot be done, so nothing was done.`,
    {
      reason: listed.join('\n'),
      tries: refused.flatMap(({error}) => error.tries).slice(0, 2),
      recovery: refused.flatMap(({error}) => error.recovery),
      exitCode: worstExitCode(refused.map(({error}) => error.exitCode)),
      details: {refusals, ...details},
    },
  )
}
