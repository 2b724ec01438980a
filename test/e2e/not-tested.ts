import {packagesObstacle} from '../helpers/debian-packages.js'

/** Whether this is root on Debian; where it is not, it says that and why `what` is not tested. */
export function canTestOnDebian(what: string): boolean {
  const obstacle = packagesObstacle()
  if (obstacle !== undefined) sayNotTested(what, obstacle)
  return obstacle === undefined
}

/** What a run cannot test, on the terminal or in the log of the run. */
export function sayNotTested(what: string, why: string): void {
  process.stderr.write(`not tested here: ${what}: ${why}\n`)
}
