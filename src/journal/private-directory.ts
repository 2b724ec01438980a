import {chmod, mkdir} from 'node:fs/promises'
import path from 'node:path'

import {syncDirectory} from './atomic-file.js'

/**
 * Makes `directory` and its missing parents for their owner only (0700). One that exists keeps its permissions: it may be
 * a folder that the operator chose and shares on purpose; what lies in it is 0600.
 */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  const firstMade = await mkdir(directory, {recursive: true, mode: 0o700})
  if (firstMade === undefined) return
  await chmod(directory, 0o700)
  await syncDirectory(path.dirname(firstMade))
}
