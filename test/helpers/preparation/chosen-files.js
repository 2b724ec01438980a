// jest's sequencer of the long tests: as the one of all tests, and it tells the set-up which files have been chosen.
import LongestFirst from '../longest-first.js'

let chosen = []

/** Paths of the test files of this run; jest asks the sequencer before the set-up. */
export function chosenFiles() {
  return chosen
}

export default class ChosenFiles extends LongestFirst {
  sort(tests) {
    chosen = tests.map(({path}) => path)
    return super.sort(tests)
  }
}
