import {existsSync} from 'node:fs'
import {programFile} from '../model/installation.js'

/**
 * Path of the module that a child process of the sandbox runs.
 * @param entry path below `src/sandbox/`, such as `nfs-server/main.js`
 * @throws Error when this clone was never built
 */
export function childEntry(entry: string): string {
  const file = programFile(`src/sandbox/${entry}`)
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`)
  return file
}
