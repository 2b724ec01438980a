// Runs the CLI in a clone: compiles first when a source has changed, then hands over to bin/run.js in this very process.
import {buildOrSay, isStale} from './build.js'

if (isStale()) {
  process.stderr.write('building vicnfs ... ')
  if (!(await buildOrSay())) process.exit(1)
  process.stderr.write('done\n')
}
await import('../bin/run.js')
