import type {Run} from './invocation.js'

/** An operation inside a command that has a time limit of its own. */
export type Stage = 'CheckServiceReady during update' | 'CheckServiceReady during rollback'

/**
 * Says that the time limit has passed, as vic-machine's operation does wherever it meets the fact: where, which
 * operation, and the source lines that opened it. Releases differ in the line numbers.
 */
export function traceError(run: Run, where: string, stage?: Stage): void {
  const {program, command, release, narrator} = run
  // The lines of ls are not recorded for any release; before 1.3.0 there are none.
  if (command === 'ls' || release.datedLines) return
  const inspecting = command !== 'configure'
  const operation = inspecting ? `${program} inspect` : program
  const opener = inspecting
    ? `vic/cmd/vic-machine/inspect.(*Inspect).run:${release.lines.inspectRun}`
    : `vic/cmd/vic-machine/configure.(*Configure).Run:${release.lines.configureRun}`
  const chain = [
    ...(stage ? [`vic/lib/install/management.(*Dispatcher).update:${release.lines.update} ${stage}`] : []),
    `${opener} ${operation}`,
    `vic/cmd/vic-machine/common.NewOperation:27 ${operation}`,
  ]
  narrator.error([`${where}: ${stage ?? operation} error: context deadline exceeded`, ...chain].join('\n'))
}

/** The two lines with which an expired command ends before its closing line. */
export function traceEnd(run: Run): void {
  const where =
    run.command === 'configure'
      ? 'vic/cmd/vic-machine/configure.(*Configure).Run.func2'
      : 'vic/cmd/vic-machine/inspect.(*Inspect).run.func2'
  traceError(run, where)
  traceError(run, where)
}
