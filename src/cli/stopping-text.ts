import {EXCHANGE_CUT} from '../model/event.js'

/** What Ctrl-C leads to. @param cutFor why nothing is undone any more; undefined while it is */
export function stoppingText(cutFor: string | undefined): string {
  if (cutFor === undefined) {
    return 'Stopping: what this run has made is undone, except volumes (Ctrl-C again: exit at once and leave it)'
  }
  if (cutFor === EXCHANGE_CUT) {
    return 'Stopping, as soon as a server is at the address of the store again (Ctrl-C again: exit at once, and no server may be there until the command is run again)'
  }
  return 'Stopping: vic-machine goes on by itself, if it is at work, and nothing is undone; run the command again to see how it ended (Ctrl-C again: exit at once)'
}
