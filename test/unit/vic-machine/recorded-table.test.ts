import {describe, expect, it} from '@jest/globals'
import {readCases, shellWords, type VicMachineCase} from '../../helpers/vic-machine-cases/cases.js'
import {judge, type EndedRun, type Judgement} from '../../helpers/vic-machine-cases/judge.js'
import {NO_RECORDINGS, readRecordings} from '../../helpers/vic-machine-cases/recording.js'
import {replayCase} from '../../helpers/vic-machine-cases/replay-case.js'

/** The run with two processes: the first one's word is a lie, since its store is gone (safety rule S7). */
const RACE = {
  'lifecycle-race-both-exit-0#1': ['completed', 'changed, race1 offline'],
  'lifecycle-race-both-exit-0#2': ['failed', 'half-done, two snapshots'],
} as const

const rows = readCases()
const recordings = readRecordings()
const byName = new Map(recordings.map((recording) => [recording.name, recording]))
const replayed = await Promise.all(rows.map(async (row) => ({words: shellWords(row.argv), ...(await replayCase(row))})))
const where = NO_RECORDINGS === undefined ? '' : ` (skipped: ${NO_RECORDINGS})`
const recorded = NO_RECORDINGS === undefined ? it : it.skip

function judged(row: VicMachineCase, run: EndedRun): readonly [string, string, Judgement] {
  return [row.means, row['vch-is'] ?? 'as it was', judge(run)]
}

const fromStandIn = rows.map((row, index) => ({name: row.case, row, run: replayed[index] as EndedRun}))

describe('what vicnfs makes of the stand-in’s words', () => {
  it.each(fromStandIn)('$name', ({row, run}) => {
    const [means, vchIs, judgement] = judged(row, run)
    expect(judgement).toMatchObject({means, vchIs})
  })

  it('is the table of cases', () => {
    const cells = fromStandIn.map(({name, row, run}) => {
      const {means, vchIs, sentence = ''} = judge(run)
      return [name, row.release ?? '1.5.8', means, vchIs, sentence.replace(/\s+/g, ' ').slice(0, 160)].join(' | ')
    })
    expect(['case | vic-machine | vicnfs makes of it | the VCH | in words', ...cells].join('\n')).toMatchSnapshot()
  })

  it('never is a catch-all, and is said in one sentence', () => {
    for (const {run} of fromStandIn) {
      const {means, sentence} = judge(run)
      expect(means).not.toMatch(/FAILED|UNREADABLE|^refused$/)
      if (sentence !== undefined) expect(sentence).toMatch(/^[A-Za-z].*[^.]\.$/s)
    }
  })
})

describe(`what vicnfs makes of the recorded words${where}`, () => {
  recorded.each(rows.filter((row) => byName.has(row.case)))('$case', (row) => {
    const recording = byName.get(row.case)
    if (recording === undefined) throw new Error('gone')
    const [means, vchIs, judgement] = judged(row, {...recording, words: recording.argv.slice(1)})
    expect(judgement).toMatchObject({means, vchIs})
  })

  recorded('of two at once', () => {
    const races = recordings.filter(({name}) => name in RACE)
    const judgements = races.map((race) => judge({...race, words: race.argv.slice(1)}))
    expect(judgements.map(({means, vchIs}) => [means, vchIs])).toEqual(Object.values(RACE))
  })

  recorded('never is a catch-all, whatever the recording', () => {
    for (const recording of recordings.filter(({argv}) => /^(?:configure|ls|inspect|version)$/.test(argv[1] ?? ''))) {
      expect(judge({...recording, words: recording.argv.slice(1)}).means).not.toMatch(/FAILED|UNREADABLE|^refused$/)
    }
  })
})
