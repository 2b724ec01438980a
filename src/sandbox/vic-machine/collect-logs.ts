import type {Run} from './invocation.js'
import {traceError} from './trace-error.js'

/** Says that it collects vCenter's log, and leaves the file in the working folder while there is time. */
export function collectLogs(run: Run, {host, instanceId}: {readonly host: string; readonly instanceId: string}): void {
  const {narrator} = run
  narrator.info(`Collecting ${instanceId} vpxd.log`)
  if (run.deadline.expired) {
    traceError(run, 'vic/pkg/trace.(*Operation).Err')
    narrator.error(`Failed to collect ${instanceId} vpxd.log: Post https://${host}/sdk: context deadline exceeded`)
    narrator.warn(`No log data for ${instanceId} vpxd.log`)
    return
  }
  run.world.writeFile('vpxd.log', 'The vCenter of a vicnfs sandbox keeps no vpxd.log.\n')
}
