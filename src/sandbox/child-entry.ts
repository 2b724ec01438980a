import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/**
 * Path of the compiled module that a child process of the sandbox runs.
 * From the TypeScript sources (tests, bin/dev.js) children run from dist, which `npm test` brings up to date first.
 * @param moduleUrl import.meta.url of a module in `src/sandbox/`
 * @param entry path below `src/sandbox/`, such as `nfs-server/main.js`
 */
export function childEntry(moduleUrl: string, entry: string): string {
  const marker = '/src/sandbox/'
  const base = moduleUrl.slice(0, moduleUrl.lastIndexOf(marker))
  const root = moduleUrl.endsWith('.ts') ? `${base}/dist` : base
  const file = fileURLToPath(`${root}${marker}${entry}`)
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`)
  return file
}
