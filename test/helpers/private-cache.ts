import {lstat, mkdir} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/**
 * A folder below the system's temporary directory that outlives a run: for what is dear to make and the same each time.
 * @throws Error when somebody else has made it
 */
export async function privateCache(...names: readonly string[]): Promise<string> {
  const root = path.join(os.tmpdir(), 'vicnfs-e2e-cache')
  await mkdir(root, {recursive: true, mode: 0o700})
  const found = await lstat(root)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${root} belongs to somebody else`)
  const folder = path.join(root, ...names)
  await mkdir(folder, {recursive: true})
  return folder
}
