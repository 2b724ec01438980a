import path from 'node:path'
import {findRelease} from './releases.js'
import {runVicMachine} from './run-vic-machine.js'
import {systemSurroundings} from './system-surroundings.js'

// argv: release, control socket, $0 of the wrapper, then the words of the caller.
const [version = '', controlPath = '', calledAs = 'vic-machine-linux', ...words] = process.argv.slice(2)
const release = findRelease(version)
if (release) {
  const invocation = {program: path.basename(calledAs), words, release}
  process.exit(await runVicMachine(invocation, systemSurroundings(controlPath)))
} else {
  process.stderr.write(`the vicnfs sandbox has no vic-machine of release ${version}\n`)
  process.exit(1)
}
