import {describe, expect, it} from '@jest/globals'
import {readCases} from '../helpers/vic-machine-cases/cases.js'
import {findCase} from '../helpers/vic-machine-cases/find-state.js'
import {NO_RECORDINGS, readRecordings} from '../helpers/vic-machine-cases/recording.js'

const suite = NO_RECORDINGS === undefined ? describe : describe.skip

suite(
  `recordings taken as if the table did not know them${NO_RECORDINGS ? ` (skipped: ${NO_RECORDINGS})` : ''}`,
  () => {
    const known = new Set(readCases().map((row) => row.case))
    const recordings = readRecordings().filter(
      ({name}) => known.has(name) && !/^usage-(?:help|no-arguments)$/.test(name),
    )

    it.each(recordings)('there is a state from which $name is repeated', async (recording) => {
      expect(await findCase(recording)).toBeDefined()
    })

    it('and none for one that no vic-machine would have said (the control)', async () => {
      const [one] = recordings.filter(({name}) => name === 'ls-one')
      if (one === undefined) throw new Error('gone')
      expect(await findCase({...one, stdout: one.stdout.replace('Up to date', 'Out of date')})).toBeUndefined()
    })
  },
)
