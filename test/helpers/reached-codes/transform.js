// jest's transformer: @swc/jest, with a call put in where an error of the table comes into being. A test that merely
// names a code, or makes such an error itself, does not pass through there.
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import swcJest from '@swc/jest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const RECORDER = `globalThis[Symbol.for('vicnfs.test.reached')]?`

/** The function of this name under another one, and one that records the code of what it gives back under its own. */
const watched = (name) => [
  `export function ${name}(`,
  `export function ${name}(...given) { const found = ${name}Unwatched(...given); ${RECORDER}.found(found.code); return found }
function ${name}Unwatched(`,
]

/** What is replaced in which file, and by what. */
const PLACES = {
  'src/model/vicnfs-error.ts': ['this.kind = ', `${RECORDER}.made(this); this.kind = `],
  // Troubles that become errors elsewhere, or stay findings of a report.
  'src/nfs/preflight/diagnose-rpc.ts': watched('diagnoseRpc'),
  'src/nfs/preflight/diagnose-status.ts': watched('diagnoseStatus'),
  'src/nfs/preflight/run-preflight.ts': [
    'options.onRung?.(rung)',
    `if (rung.state === 'failed') ${RECORDER}.found(rung.code); options.onRung?.(rung)`,
  ],
  // Only doctor finds it.
  'src/services/doctor/volumes.ts': [
    "code: 'VN-VOLUMES-HIDDEN'",
    `code: (${RECORDER}.found('VN-VOLUMES-HIDDEN'), 'VN-VOLUMES-HIDDEN')`,
  ],
  'src/vic-machine/refusal.ts': ['return {...refusal', `${RECORDER}.found(refusal.code); return {...refusal`],
}

/** The source with the call put in. @throws when the place has changed */
export function instrument(source, file) {
  const name = path.relative(root, file).split(path.sep).join('/')
  if (!Object.hasOwn(PLACES, name)) return source
  const [from, to] = PLACES[name]
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${name} has not exactly one "${from}": see test/helpers/reached-codes`)
  return parts.join(to)
}

export function createTransformer(options) {
  const swc = swcJest.createTransformer(options)
  return {
    ...swc,
    process: (source, file, given) => swc.process(instrument(source, file), file, given),
    processAsync: (source, file, given) => swc.processAsync(instrument(source, file), file, given),
    getCacheKey: (source, file, given) => swc.getCacheKey(instrument(source, file), file, given),
  }
}
