// `node --import` this file to write every module that is imported, one URL a line, to the file RECORD_IMPORTS names.
import {appendFileSync} from 'node:fs'
import {register} from 'node:module'
import {isMainThread} from 'node:worker_threads'

/** Node's hook for the resolution of imports; it runs in a thread of its own. */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context)
  appendFileSync(process.env.RECORD_IMPORTS, `${resolved.url}\n`)
  return resolved
}

if (isMainThread) register(import.meta.url)
