import {mkdtemp, rm} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** A folder of its own for `use`, removed afterwards. */
export async function withTempDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await makeTempDirectory()
  try {
    return await use(directory)
  } finally {
    await rm(directory, {recursive: true, force: true})
  }
}

/** A new folder; the test removes it. */
export function makeTempDirectory(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), 'vicnfs-test-'))
}
