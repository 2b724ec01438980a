import {randomBytes} from 'node:crypto'
import {open, rename, rm} from 'node:fs/promises'
import path from 'node:path'

export interface AtomicFileOptions {
  /** Permissions of the new file; 0600 by default. */
  readonly mode?: number
}

/** Replaces `file` as a whole: a reader, or the next run after a crash, sees the old text or the new one, never a part. */
export async function writeFileAtomically(file: string, text: string, options: AtomicFileOptions = {}): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeDurably(temporary, text, options.mode ?? 0o600)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, {force: true})
    throw error
  }
  await syncDirectory(path.dirname(file))
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a new or renamed entry of `directory` survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; NTFS journals the entry itself.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
