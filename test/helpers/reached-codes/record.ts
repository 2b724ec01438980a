import path from 'node:path'
import {fileURLToPath} from 'node:url'

import type {VicnfsError} from '../../../src/model/vicnfs-error.js'

/** What `transform.js` calls where errors come into being. */
interface Recorder {
  made(error: VicnfsError): void
  found(code: string | undefined): void
}

export const RECORDER = Symbol.for('vicnfs.test.reached')
/** Names the folder of this run of jest; set by `begin.js`. */
export const FOLDER_VARIABLE = 'VICNFS_TEST_REACHED_CODES'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Files that make errors of codes which they were given, and the codes that are their own: that any other passes there
 * says nothing of where it comes from.
 */
const PASSERS: Readonly<Record<string, readonly string[]>> = {
  'src/engine/work.ts': ['VN-BUG'],
  'src/services/preflight-url.ts': ['VN-SETTING-BAD'],
  'src/services/registration/refusal-error.ts': ['VN-CONFIGURE-REFUSED'],
  'src/services/rollback/mend-earlier.ts': [],
}

/** The file that called the error's constructor, relative to the clone. */
export function makerOf(stack: string): string | undefined {
  const files = stack.split('\n').map((line) => /(?:file:\/\/)?(\/[^():]*\.[jt]s):\d+:\d+\)?$/.exec(line)?.[1])
  const maker = files.find((file) => file !== undefined && !file.endsWith('/src/model/vicnfs-error.ts'))
  return maker === undefined ? undefined : path.relative(root, maker).split(path.sep).join('/')
}

/** Whether an error made there shows that its code is reached: made by what is tested, and not merely passed on. */
export function countsFrom(maker: string | undefined, code: string): boolean {
  if (maker === undefined || !/^(?:src|commands)\//.test(maker)) return false
  return PASSERS[maker]?.includes(code) ?? true
}

/** Writes each code once a test file into the folder of this run; without one, as for a single file by hand, nothing. */
export function createRecorder(write: (code: string) => void): Recorder {
  const known = new Set<string>()
  const reach = (code: string): void => {
    known.add(code)
    write(code)
  }
  return {
    made(error) {
      if (!known.has(error.code) && countsFrom(makerOf(error.stack ?? ''), error.code)) reach(error.code)
    },
    found(code) {
      if (code !== undefined && !known.has(code)) reach(code)
    },
  }
}

/** For what is found by a program that this process does not watch, such as the image's share-check. */
export function recordFound(code: string | undefined): void {
  const recorder = (globalThis as {[RECORDER]?: Recorder})[RECORDER]
  recorder?.found(code)
}

/** Codes in what a CLI printed that ran as a process of its own. */
export function recordPrinted(output: {readonly stdout: string; readonly stderr: string}): void {
  const inText = [...output.stderr.matchAll(/^\S+ .* \((VN-[A-Z0-9-]+)\)$/gm)].map(([, code]) => code)
  const inJson = /"ok": false,\s+"command": .*\s+"error": \{\s+"code": "(VN-[A-Z0-9-]+)"/.exec(output.stdout)?.[1]
  for (const code of [...inText, inJson]) recordFound(code)
}
