import {describe} from '@jest/globals'

import {packagesObstacle} from '../helpers/debian-packages.js'

/** A suite that needs root on Debian; elsewhere it is skipped, and says why. */
export function describeOnDebian(title: string, body: () => void): void {
  const obstacle = packagesObstacle()
  if (obstacle === undefined) {
    describe(title, body)
    return
  }
  sayNotTested(title, obstacle)
  describe.skip(title, body)
}

/** What a run could not test, on the terminal or in the log of the run. */
export function sayNotTested(what: string, why: string): void {
  process.stderr.write(`not tested here: ${what}: ${why}\n`)
}
