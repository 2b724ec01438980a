import {describe, expect, it} from '@jest/globals'
import {phasesOf, type ChangePhase} from '../../../src/vic-machine/change-phase.js'
import {parseLogLines} from '../../../src/vic-machine/log-line.js'
import {readCases, shellWords} from '../../helpers/vic-machine-cases/cases.js'
import {NO_RECORDINGS, readRecordings} from '../../helpers/vic-machine-cases/recording.js'
import {replayCase} from '../../helpers/vic-machine-cases/replay-case.js'

const SERVED: readonly ChangePhase[] = ['starting', 'checking']
const WORK: readonly ChangePhase[] = ['connecting', 'validating', 'configuring', ...SERVED]

/** Which phases a change goes through, by what it amounts to; judged by hand. */
function expected(means: string, name: string): readonly ChangePhase[] | undefined {
  if (/reset/.test(name) && means === 'completed' && !/retry/.test(name))
    return ['connecting', 'validating', 'completed']
  // Where the rollback works nothing is configured; before 1.5.3 it is a plain configure.
  if (/(?:lifecycle|neighbour)-rollback/.test(name) && !/lost/.test(name)) {
    const begun: readonly ChangePhase[] = ['connecting', 'validating', 'rolling-back']
    return means === 'completed' ? [...begun, ...SERVED, 'completed'] : begun
  }
  if (means === 'completed') return [...WORK, 'completed']
  if (means === 'rolled-back') return [...WORK, 'rolling-back', ...SERVED]
  if (means === 'timed-out' || means === 'failed') return [...WORK, 'rolling-back']
  return means === 'vanished' ? WORK.slice(0, -1) : undefined
}

function phasesIn(stdout: string): ChangePhase[] {
  return phasesOf(parseLogLines(stdout.replaceAll('\r\n', '\n')).map((line) => line.text))
}

const changes = readCases().filter((row) => shellWords(row.argv)[0] === 'configure' && expected(row.means, row.case))
const recordings = new Map(readRecordings().map((recording) => [recording.name, recording]))
const recorded = NO_RECORDINGS === undefined ? it : it.skip

describe('phases of a change, in every release', () => {
  it.each(changes)('$case', async (row) => {
    expect(phasesIn((await replayCase(row)).stdout)).toEqual(expected(row.means, row.case))
  })

  recorded('are those of the recordings', () => {
    const rows = changes.filter((row) => recordings.has(row.case))
    expect(rows.length).toBeGreaterThan(60)
    for (const row of rows) {
      const phases = phasesIn(recordings.get(row.case)?.stdout ?? '')
      expect([row.case, phases]).toEqual([row.case, expected(row.means, row.case)])
    }
  })

  it('end early where the change is refused', async () => {
    const refused = readCases().filter((row) => row.means.startsWith('refused ') && row['vch-is'] === 'untouched')
    for (const row of refused) {
      const phases = phasesIn((await replayCase(row)).stdout)
      // A rollback without a snapshot is known as such only when it begins.
      const early = ['connecting', 'validating', ...(row.means.endsWith('NO-SNAPSHOT') ? ['rolling-back'] : [])]
      expect(early.slice(0, phases.length)).toEqual(phases)
    }
  })
})
