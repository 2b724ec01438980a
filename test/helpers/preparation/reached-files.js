// What test files are made of: what they need to be installed is found in there, so nobody keeps a list of it.
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'

const TESTS = path.join(import.meta.dirname, '..', '..')
const IMPORT = /from '(\.{1,2}\/[^']+)\.js'/g

/** @returns paths below test/ of these files and of everything below test/ that they import */
export function reachedFiles(files) {
  const reached = new Set()
  const left = [...files]
  while (left.length > 0) {
    const file = left.pop()
    const name = path.relative(TESTS, file)
    if (reached.has(name) || name.startsWith('..') || !existsSync(file)) continue
    reached.add(name)
    for (const [, imported] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      left.push(path.resolve(path.dirname(file), `${imported}.ts`))
    }
  }
  return [...reached]
}
