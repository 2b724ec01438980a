import {open, type FileHandle} from 'node:fs/promises'

import {shellQuote} from '../../../model/redaction.js'
import {VicnfsError} from '../../../model/vicnfs-error.js'

/** Twenty shares need some 5 kB. */
const LARGEST_BYTES = 1_000_000

/**
 * The text of a runbook; `-` is standard input.
 * @throws VN-RUNBOOK-UNREADABLE when it is not there, is no file, is larger than 1 MB, or is no UTF-8 text
 */
export async function readRunbookFile(file: string, options: {readonly signal?: AbortSignal}): Promise<string> {
  const bytes = file === '-' ? await readStream(process.stdin, options) : await readFile(file)
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw unreadable(file, 'It is no UTF-8 text.')
  }
}

async function readFile(file: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const stat = await handle.stat()
    if (stat.isDirectory()) throw unreadable(file, 'It is a folder.')
    if (stat.size > LARGEST_BYTES) throw tooLarge(file)
    return await readStream(handle.createReadStream({autoClose: false}), {}, file)
  } catch (error) {
    if (error instanceof VicnfsError) throw error
    throw unreadable(file, reasonOf(error), error)
  } finally {
    await handle?.close()
  }
}

/** Not more than the limit, whatever size a pipe or a device says that it has. */
async function readStream(
  stream: AsyncIterable<Buffer | string>,
  {signal}: {readonly signal?: AbortSignal},
  file = '-',
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    signal?.throwIfAborted()
    const bytes = Buffer.from(chunk)
    sizeBytes += bytes.length
    if (sizeBytes > LARGEST_BYTES) throw tooLarge(file)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function tooLarge(file: string): VicnfsError {
  return unreadable(file, `It is larger than ${String(LARGEST_BYTES / 1_000_000)} MB.`)
}

function reasonOf(error: unknown): string {
  const {code} = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'There is no such file.'
  if (code === 'EACCES' || code === 'EPERM') return 'It may not be read by this user.'
  return `Reading it ended with ${code ?? 'an error'}.`
}

function unreadable(file: string, reason: string, cause?: unknown): VicnfsError {
  const name = file === '-' ? 'standard input' : JSON.stringify(file)
  return new VicnfsError('VN-RUNBOOK-UNREADABLE', `The runbook ${name} cannot be read.`, {
    reason,
    tries: file === '-' ? [] : [shellQuote(['ls', '-l', file])],
    cause,
  })
}
