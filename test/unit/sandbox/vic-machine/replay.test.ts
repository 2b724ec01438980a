import {readFileSync} from 'node:fs'
import {describe, expect, it} from '@jest/globals'
import {
  readCases,
  readNotReplayed,
  shellWords,
  stateNamed,
  type VicMachineCase,
} from '../../../helpers/vic-machine-cases/cases.js'
import {findCase} from '../../../helpers/vic-machine-cases/find-state.js'
import {comparable} from '../../../helpers/vic-machine-cases/comparable.js'
import {NO_RECORDINGS, readRecordings, type Recording} from '../../../helpers/vic-machine-cases/recording.js'
import {replayCase, storesOf, type Outcome} from '../../../helpers/vic-machine-cases/replay-case.js'
import {saidLines} from '../../../helpers/vic-machine-cases/said-lines.js'
import {STANDARD_ENVIRONMENT} from './call-stand-in.js'
import {PASSWORD, storesFrom} from './fake-vcenter.js'

/** A difference between stand-in and recordings that is accepted, with the reason. */
interface Difference {
  readonly cases: readonly string[]
  readonly ours: string
  readonly theirs: string
  readonly reason: string
}

const DIFFERENCES = JSON.parse(
  readFileSync(new URL('../../../fixtures/vic-machine-differences.json', import.meta.url), 'utf8'),
) as readonly Difference[]
const RACE = 'lifecycle-race-both-exit-0'
const rows = readCases()
const outcomes = new Map(await Promise.all(rows.map(async (row) => [row.case, await replayCase(row)] as const)))
const recordings = new Map(readRecordings().map((recording) => [recording.name, recording]))
const where = NO_RECORDINGS === undefined ? '' : ` (skipped: ${NO_RECORDINGS})`
const replay = NO_RECORDINGS === undefined ? it : it.skip

function outcomeOf(row: VicMachineCase): Outcome {
  const outcome = outcomes.get(row.case)
  if (outcome === undefined) throw new Error(`${row.case} was not replayed`)
  return outcome
}

function recordingOf(row: VicMachineCase): Recording {
  const recording = recordings.get(row.case)
  if (recording === undefined) throw new Error(`there is no recording ${row.case}`)
  return recording
}

/** The stand-in's words with those of vic-machine where the difference is accepted. */
function accepted(name: string, text: string): string {
  const differences = DIFFERENCES.filter(({cases}) => cases.includes(name))
  return differences.reduce((changed, {ours, theirs}) => changed.replace(`${ours}\n`, `${theirs}\n`), text)
}

const isNeighbour = (row: VicMachineCase) => row.case.startsWith('neighbour-')

describe('the stand-in does what the table of cases says', () => {
  it.each(rows)('$case', (row) => {
    const outcome = outcomeOf(row)
    expect(saidLines(outcome)).toEqual(expect.arrayContaining([...row.says]))
    expect(outcome.exit).toBe(row.exit)
    if (row.world === 'empty') return
    const {stores, holds: _, ...rest} = stateNamed(row.after ?? row.before ?? 'fresh')
    expect(outcome.after).toEqual({...rest, stores: storesOf(storesFrom(...stores))})
  })
})

describe(`the stand-in repeats the recorded runs of vic-machine${where}`, () => {
  replay.each(rows.filter((row) => !isNeighbour(row)))('$case', (row) => {
    const [outcome, recorded] = [outcomeOf(row), recordingOf(row)]
    expect(accepted(row.case, comparable(outcome.stdout))).toBe(comparable(recorded.stdout))
    expect(comparable(outcome.stderr)).toBe(comparable(recorded.stderr))
    expect(outcome.exit).toBe(recorded.exit)
    if (recorded.files) expect(outcome.files).toEqual(recorded.files)
    if (recorded.after) expect(outcome.after).toEqual(recorded.after)
  })

  replay.each(rows.filter((row) => !isNeighbour(row)))('$case is called as recorded', (row) => {
    const recorded = recordingOf(row)
    const usual = Object.entries(STANDARD_ENVIRONMENT).map(([key, value]) => [
      key,
      value.replace(PASSWORD, '<password>'),
    ])
    expect(['vic-machine-linux', ...shellWords(row.argv)]).toEqual(recorded.argv)
    expect(row.environment ?? Object.fromEntries(usual)).toEqual(recorded.environment)
    expect(row.release ?? '1.5.8').toBe(recorded.release)
    expect(row.stdin ?? '/dev/null').toBe(recorded.stdin.replace(/^pipe with .*$/s, 'pipe'))
    const streams = {both: 'one terminal', stderr: 'stdout a pipe, stderr a terminal', none: 'two pipes'}
    expect(streams[row.terminal ?? 'none']).toBe(recorded.streams)
  })

  replay('every other one is listed as not replayed, or there is a state from which it is repeated', async () => {
    const known = [...rows.map((row) => row.case), ...Object.keys(readNotReplayed()), `${RACE}#1`, `${RACE}#2`]
    const others = [...recordings.values()].filter(
      ({name, argv}) => !known.includes(name) && !/^(?:create|delete)$/.test(argv[1] ?? ''),
    )
    const found = await Promise.all(
      others.map(async (recording) => [recording.name, await findCase(recording)] as const),
    )
    expect(found.filter(([, row]) => row === undefined).map(([name]) => name)).toEqual([])
  })

  it('differs in few things, none of them in configure, inspect config or ls', () => {
    expect(DIFFERENCES.length).toBeLessThanOrEqual(15)
    const names = DIFFERENCES.flatMap(({cases}) => cases)
    const words = names.map((name) => rows.find((row) => row.case === name)?.argv ?? 'unknown')
    expect(words.filter((argv) => !/^(?:--help)?$/.test(argv))).toEqual([])
    for (const {reason} of DIFFERENCES) expect(reason).toMatch(/\.$/)
  })
})
