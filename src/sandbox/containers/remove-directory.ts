import {chmodSync, lstatSync, readdirSync, rmSync} from 'node:fs'
import path from 'node:path'

/** Opens a tree's folders to their owner again; links are not followed. */
function openFolders(directory: string): void {
  chmodSync(directory, 0o700)
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name)
    if (lstatSync(file).isDirectory()) openFolders(file)
  }
}

/** Removes a tree, also one whose folders a container's process has closed; a missing one is no error. */
export function removeDirectory(directory: string): void {
  try {
    rmSync(directory, {recursive: true, force: true})
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error
    openFolders(directory)
    rmSync(directory, {recursive: true, force: true})
  }
}
