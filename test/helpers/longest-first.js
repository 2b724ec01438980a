// jest's sequencer: on a machine that has not run them before jest goes by the size of their files,
// which says nothing of their time, and the longest one would begin when everything else has ended.
const LONGEST = [
  'endurance/runbook-kills',
  'endurance/half-done-vic-machine',
  'endurance/half-done',
  'endurance/park-killed',
  'endurance/interruption-walk',
  'endurance/examples',
  'integration/runbook-kill',
  'integration/workflow',
  'endurance/interruption',
  'integration/park',
  'unit/services/exchange/states-of-stores',
  'unit/services/exchange/states',
  'integration/doctor',
  'integration/status',
].map((name) => `/test/${name}.test.ts`)

/** Place in the list; everything else comes after it. */
function rankOf({path}) {
  const place = LONGEST.findIndex((name) => path.endsWith(name))
  return place === -1 ? LONGEST.length : place
}

export default class LongestFirst {
  sort(tests) {
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || a.path.localeCompare(b.path))
  }

  /** What only flags of jest ask for that nobody needs here: parts of the tests, and those that failed last. */
  shard(tests) {
    return tests
  }

  allFailedTests(tests) {
    return tests
  }

  cacheResults() {}
}
