import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {VicnfsError} from '../model/vicnfs-error.js'

/**
 * Path of the compiled runner. From the TypeScript sources (tests, bin/dev.js) it runs from dist, which `npm test`
 * brings up to date first.
 * @param moduleUrl import.meta.url of a module in `src/vic-machine/`
 * @throws VN-VICMACHINE-MISSING when vicnfs itself is not built completely
 */
export function runnerEntry(moduleUrl: string): string {
  const marker = '/src/vic-machine/'
  const base = moduleUrl.slice(0, moduleUrl.lastIndexOf(marker))
  const root = moduleUrl.endsWith('.ts') ? `${base}/dist` : base
  const file = fileURLToPath(`${root}${marker}runner.js`)
  if (existsSync(file)) return file
  throw new VicnfsError('VN-VICMACHINE-MISSING', `The part of vicnfs that runs vic-machine is missing (${file}).`, {
    reason: 'vicnfs was not built completely.',
    tries: ['npm run build'],
  })
}
