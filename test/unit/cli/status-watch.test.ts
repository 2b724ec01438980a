import {describe, expect, it} from '@jest/globals'

import {lookOf} from '../../../src/cli/look.js'
import {statusText} from '../../../src/cli/status-table.js'
import {watchStatus} from '../../../src/cli/status-watch.js'
import type {StatusReport} from '../../../src/model/status-report.js'
import {VicnfsError} from '../../../src/model/vicnfs-error.js'
import {GONE, shareStatus, statusReport} from '../../helpers/status-report.js'

type Sight = StatusReport | Error

/** Watches these sights one after the other; what follows the last one is Ctrl-C, or another signal. */
async function watch(
  sights: readonly Sight[],
  options: {readonly terminal?: {rows: number}; readonly stop?: string} = {},
) {
  const {terminal, stop = 'SIGINT'} = options
  const controller = new AbortController()
  const stream = terminal === undefined ? {} : {isTTY: true, columns: 100}
  const look = lookOf(stream, {environment: {LANG: 'C.UTF-8', NO_COLOR: '1'}, platform: 'linux'})
  let text = ''
  let turn = 0
  const ended = watchStatus({
    lookNow: () => look,
    stream: {write: (chunk: string) => ((text += chunk), true), rows: terminal?.rows ?? 24},
    intervalMs: 1,
    signal: controller.signal,
    take() {
      const sight = sights[turn++]
      if (sight === undefined) controller.abort(new VicnfsError('VN-INTERRUPTED', 'Stop.', {details: {signal: stop}}))
      const reason = controller.signal.aborted ? (controller.signal.reason as Error) : sight
      return reason instanceof Error ? Promise.reject(reason) : Promise.resolve(reason as StatusReport)
    },
    render: statusText,
  })
  const end = await ended.then(
    (report) => ({report}),
    (error: unknown) => ({error}),
  )
  return {...end, text}
}

const fine = statusReport([shareStatus(), shareStatus({name: 'b'})])
const gone = statusReport([shareStatus({verdict: 'danger', findings: [GONE]}), shareStatus({name: 'b'})])

describe('a watch without a terminal', () => {
  it('tells everything once, then only what changes', async () => {
    const older = statusReport([
      shareStatus({server: {...shareStatus().server, ageMs: 1}, space: null}),
      fine.shares[1]!,
    ])
    const {text, report} = (await watch([fine, older, gone, statusReport([gone.shares[0]!])] as Sight[])) as {
      text: string
      report: StatusReport
    }
    expect(text.split('\n')).toEqual([
      '03:04:05  nfs-vol  running  10.9.0.40  nfs-store  online yes  users 0  ok',
      '03:04:05  b  running  10.9.0.40  nfs-store  online yes  users 0  ok',
      '03:04:05  nfs-vol  running  10.9.0.40  nfs-store  online yes  users 0  danger  server-gone',
      '03:04:05  b  no more',
      '',
    ])
    expect(report.shares).toHaveLength(1)
  })

  it('goes on after a look that failed, in words that draw nothing', async () => {
    const {text} = await watch([fine, new Error('no\u001banswer'), fine, gone])
    expect(text.split('\n').map((line) => line.slice(10, 19))).toEqual([
      'nfs-vol  ',
      'b  runnin',
      'no\ufffdanswer',
      'nfs-vol  ',
      '',
    ])
  })
})

describe('a watch on a terminal', () => {
  it('paints on a screen of its own, and leaves it', async () => {
    const {text} = await watch([fine, gone], {terminal: {rows: 24}})
    expect(text.startsWith('\u001B[?1049h')).toBe(true)
    expect(text.endsWith('\u001B[?1049l')).toBe(true)
    expect(text.split('\u001B[H')).toHaveLength(3)
    expect(text).toContain('vicnfs status at 03:04:05, every 0.001 s, Ctrl-C ends it')
  })

  it('says how much does not fit', async () => {
    const many = statusReport(Array.from({length: 30}, (_, n) => shareStatus({name: `s${n}`})))
    const {text} = await watch([many], {terminal: {rows: 10}})
    expect(text).toContain('(25 more lines)')
    expect(text).not.toContain('s29')
  })
})

describe('the end of a watch', () => {
  it('is the last report at Ctrl-C, and the interruption at any other signal', async () => {
    expect(await watch([fine, gone])).toMatchObject({report: gone})
    expect(await watch([fine], {stop: 'SIGTERM'})).toMatchObject({error: {code: 'VN-INTERRUPTED'}})
  })

  it('is the error of the first look', async () => {
    expect(await watch([new Error('no such VCH')])).toMatchObject({error: {message: 'no such VCH'}, text: ''})
  })
})
