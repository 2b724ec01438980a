import {access} from 'node:fs/promises'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {VicnfsError} from '../../model/vicnfs-error.js'

/**
 * The folder `image` of this installation, which has the Dockerfile: it lies above this file, nearer in the sources than
 * in what is compiled from them.
 * @param from where to begin to look
 * @throws VN-IMAGE-CONTEXT-MISSING
 */
export async function imageFolder(from = path.dirname(fileURLToPath(import.meta.url))): Promise<string> {
  for (let folder = from; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const found = path.join(folder, 'image')
    if (await exists(path.join(found, 'Dockerfile'))) return found
  }
  throw new VicnfsError('VN-IMAGE-CONTEXT-MISSING', `There is no folder "image" with a Dockerfile above ${from}.`)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
