import {open, type FileHandle} from 'node:fs/promises'

import {shellQuote} from '../../../model/redaction.js'
import {VicnfsError} from '../../../model/vicnfs-error.js'

/** Twenty shares need some 5 kB. */
const LARGEST_BYTES = 1_000_000

export interface ReadFileOptions {
  readonly signal?: AbortSignal
  /** Default: 1 MB. */
  readonly largestBytes?: number
}

/**
 * The text of a runbook; `-` is standard input.
 * @throws VN-RUNBOOK-UNREADABLE when it is not there, is no file, is larger than allowed, or is no UTF-8 text
 */
export async function readRunbookFile(file: string, options: ReadFileOptions): Promise<string> {
  const bytes = file === '-' ? await readStream(process.stdin, options) : await readFile(file, options)
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw unreadable(file, 'It is no UTF-8 text.')
  }
}

/** @throws VN-RUNBOOK-UNREADABLE for the text of a runbook that was read with a higher limit than its own */
export function requireSmall(text: string, file: string): void {
  if (Buffer.byteLength(text) > LARGEST_BYTES) throw tooLarge(file, LARGEST_BYTES)
}

async function readFile(file: string, options: ReadFileOptions): Promise<Uint8Array> {
  const {largestBytes = LARGEST_BYTES} = options
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const stat = await handle.stat()
    if (stat.isDirectory()) throw unreadable(file, 'It is a folder.')
    if (stat.size > largestBytes) throw tooLarge(file, largestBytes)
    return await readStream(handle.createReadStream({autoClose: false}), options, file)
  } catch (error) {
    if (error instanceof VicnfsError || options.signal?.aborted === true) throw error
    throw unreadable(file, reasonOf(error), error)
  } finally {
    await handle?.close()
  }
}

/** Not more than the limit, whatever size a pipe or a device says that it has. */
async function readStream(
  stream: AsyncIterable<Buffer | string>,
  {signal, largestBytes = LARGEST_BYTES}: ReadFileOptions,
  file = '-',
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    signal?.throwIfAborted()
    const bytes = Buffer.from(chunk)
    sizeBytes += bytes.length
    if (sizeBytes > largestBytes) throw tooLarge(file, largestBytes)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function tooLarge(file: string, largestBytes: number): VicnfsError {
  return unreadable(file, `It is larger than ${String(largestBytes / 1_000_000)} MB.`)
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
