// Runs the CLI in a clone: compiles first when a source has changed, then hands over to bin/run.js in this very process.
import {build, isStale} from './build.js'

if (isStale()) {
  process.stderr.write('building vicnfs ... ')
  await build()
  process.stderr.write('done\n')
}
await import('../bin/run.js')
