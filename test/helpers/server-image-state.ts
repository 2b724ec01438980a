import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const IMAGE_FOLDER = fileURLToPath(new URL('../../image', import.meta.url))

/** Changes with the text and the name of any file of image/, and with the base. @param base its key */
export async function serverImageState(base: string): Promise<string> {
  return stateOf(await filesBelow(IMAGE_FOLDER), base)
}

/** Changes with the text and the name of any of the files, and with these words. */
export async function stateOf(files: readonly string[], ...words: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(words))
  for (const file of [...files].sort()) hash.update(path.basename(file)).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

/** Paths of all files in a folder and below. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}
