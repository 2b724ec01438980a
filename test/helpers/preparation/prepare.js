// Installs and makes what test files need, before and beside their own time limits.
import {spawn} from 'node:child_process'
import path from 'node:path'

import {reachedFiles} from './reached-files.js'

const ROOT = path.join(import.meta.dirname, '..', '..', '..')
const MAIN = path.join(import.meta.dirname, 'main.ts')
/** A new machine fetches some 300 MB of packages, makes a small Debian of them and builds an image on it. */
const LIMIT_MS = 30 * 60_000

/**
 * Prepares this machine for these test files, in a process of its own; what is there already takes no time.
 * @throws Error when that fails; its narration on stderr says of what
 */
export async function prepare(files) {
  const reached = reachedFiles(files)
  if (!reached.includes('helpers/debian-packages.ts')) return
  const args = ['--no-warnings', '--import', 'tsx', MAIN, ...reached]
  const options = {cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], timeout: LIMIT_MS, killSignal: 'SIGKILL'}
  const child = spawn(process.execPath, args, options)
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (...end) => resolve(end))
  })
  if (code !== 0) throw new Error(`The preparation of the tests ended with ${code ?? signal}; what it said is above.`)
}
