import {setTimeout as delay} from 'node:timers/promises'

import type {ShareStatus, StatusReport} from '../model/status-report.js'
import {isVicnfsError, messageOf} from '../model/vicnfs-error.js'
import type {Look} from './look.js'
import {printable} from './printable.js'
import {countText, labelsText, storesWord, titleOf, UNKNOWN, verdictText} from './status-words.js'

export interface WatchOptions {
  /** How text may look right now: a terminal may have been made wider. */
  readonly lookNow: () => Look
  readonly stream: Pick<NodeJS.WriteStream, 'write' | 'rows'>
  readonly intervalMs: number
  readonly signal: AbortSignal
  readonly take: () => Promise<StatusReport>
  readonly render: (report: StatusReport, look: Look) => string
}

/** What one look brought: a report, or why there is none. */
type Sight = {readonly report: StatusReport} | {readonly trouble: string; readonly at: string}

const ENTER_SCREEN = '\u001B[?1049h\u001B[?25l'
const LEAVE_SCREEN = '\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

interface Painter {
  show(sight: Sight): void
  end(): void
}

/** The whole report anew, over the last one, on a screen of its own. */
function createScreen({stream, lookNow, render, intervalMs}: WatchOptions): Painter {
  const leave = (): void => void stream.write(LEAVE_SCREEN)
  stream.write(ENTER_SCREEN)
  // Also when a second Ctrl-C ends the process at once.
  process.once('exit', leave)
  return {
    show(sight) {
      const look = lookNow()
      const at = 'report' in sight ? sight.report.at : sight.at
      const head = look.style('dim', `vicnfs status at ${clock(at)}, every ${intervalMs / 1000} s, Ctrl-C ends it`)
      const body = 'report' in sight ? render(sight.report, look) : sight.trouble
      const lines = [head, '', ...body.split('\n')]
      const room = Math.max(3, stream.rows - 1)
      const shown =
        lines.length <= room ? lines : [...lines.slice(0, room - 1), `(${lines.length - room + 1} more lines)`]
      stream.write(`${HOME}${shown.map((line) => `${line}${CLEAR_LINE}`).join('\n')}\n${CLEAR_BELOW}`)
    },
    end() {
      process.off('exit', leave)
      leave()
    },
  }
}

/** Hours, minutes and seconds, UTC, as the report has them. */
function clock(iso: string): string {
  return iso.slice(11, 19)
}

/** What is told of a share when it changes: all that does not change by itself. */
function factsOf(share: ShareStatus, look: Look): string {
  const {server, address, verdict, findings} = share
  const facts = [
    titleOf(share),
    server.state,
    address ?? UNKNOWN,
    labelsText(share),
    `online ${storesWord(share)}`,
    `users ${countText(share.consumers)}`,
    verdictText(verdict, look),
    ...findings.filter(({severity}) => severity !== 'note').map(({word}) => word),
  ]
  return facts.join('  ')
}

function linesOf(sight: Sight, look: Look): Map<string, string> {
  if ('trouble' in sight) return new Map([['', sight.trouble]])
  const {findings, shares} = sight.report
  return new Map([
    ...findings.map(({word, text}): [string, string] => [`vch ${word}`, `${word}: ${text}`]),
    ...shares.map((share): [string, string] => [`share ${titleOf(share)}`, factsOf(share, look)]),
  ])
}

/** Only what changed, a line each; ages and space change all the time and are left out. */
function createLog({stream, lookNow}: WatchOptions): Painter {
  let last = new Map<string, string>()
  return {
    show(sight) {
      const at = clock('report' in sight ? sight.report.at : sight.at)
      const now = linesOf(sight, lookNow())
      const isTrouble = 'trouble' in sight
      for (const [key, line] of now) if (last.get(key) !== line) stream.write(`${at}  ${line}\n`)
      for (const key of last.keys()) {
        if (!isTrouble && key !== '' && !now.has(key)) stream.write(`${at}  ${key.replace(/^\w+ /, '')}  no more\n`)
      }
      // What was seen before a look that failed is compared with what comes after it.
      last = isTrouble ? new Map([...last, ...now]) : now
    },
    end: () => undefined,
  }
}

/**
 * Looks again and again until Ctrl-C. On a terminal the report is painted anew, elsewhere each change is one line.
 * @returns the last report
 * @throws what the first look throws; the signal's reason when stopped by anything else than Ctrl-C
 */
export async function watchStatus(options: WatchOptions): Promise<StatusReport> {
  const {signal, take, lookNow, intervalMs} = options
  let report = await take()
  const painter = lookNow().canRedraw ? createScreen(options) : createLog(options)
  try {
    painter.show({report})
    for (;;) {
      await delay(intervalMs, undefined, {signal})
      try {
        report = await take()
        painter.show({report})
      } catch (error) {
        signal.throwIfAborted()
        painter.show({trouble: printable(messageOf(error)), at: new Date().toISOString()})
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
    const reason: unknown = signal.reason
    if (isVicnfsError(reason) && reason.details['signal'] === 'SIGINT') return report
    throw reason
  } finally {
    painter.end()
  }
}
