import {lstat, mkdir, readdir, rm, stat} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const KEPT_MS = 24 * 60 * 60 * 1000

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

/** Removes from a folder what was made for states of the sources that nobody is at work with any more. */
export async function removeOld(folder: string, prefix: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith(prefix))) {
    const file = path.join(folder, name)
    // Also what a run that was killed has half made, which is a folder.
    if ((await stat(file)).mtimeMs < Date.now() - KEPT_MS) await rm(file, {recursive: true, force: true})
  }
}
