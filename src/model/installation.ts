import {fileURLToPath} from 'node:url'

/** This module as a source, and as compiled alone; bundled it lies in some file of the program. */
const SOURCE = '/src/model/installation.ts'
const COMPILED = '/dist/src/model/installation.js'
const PROGRAM = '/dist/program/'

/** The folder of this installation, as a URL without a slash at its end. */
function installationUrl(moduleUrl: string): string {
  for (const own of [SOURCE, COMPILED]) if (moduleUrl.endsWith(own)) return moduleUrl.slice(0, -own.length)
  return moduleUrl.slice(0, moduleUrl.lastIndexOf(PROGRAM))
}

/**
 * Path of a file of the program that `npm run build` makes, as child processes run it. It is the same one from the
 * TypeScript sources (tests, bin/dev.js), from modules compiled alone (benchmarks) and from the program itself.
 * @param name path below `dist/program/`, such as `src/sandbox/daemon.js`
 * @param moduleUrl where this module lies
 */
export function programFile(name: string, moduleUrl: string = import.meta.url): string {
  return fileURLToPath(`${installationUrl(moduleUrl)}${PROGRAM}${name}`)
}
