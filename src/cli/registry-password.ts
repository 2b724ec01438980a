import {addAbortSignal, type Readable} from 'node:stream'
import {text} from 'node:stream/consumers'

import {VicnfsError} from '../model/vicnfs-error.js'

interface PasswordOptions {
  readonly username: string
  readonly fromStdin: boolean
  readonly askSecret: (prompt: string) => Promise<string | undefined>
  readonly signal: AbortSignal
  readonly stdin?: Readable
}

/**
 * The password that goes with --username: from stdin without its last line end, or typed.
 * @throws VN-SETTING-MISSING; the signal's reason when aborted
 */
export async function registryPassword(options: PasswordOptions): Promise<string> {
  const {username, fromStdin, askSecret, signal, stdin = process.stdin} = options
  const given = fromStdin
    ? (await whole(stdin, signal)).replace(/\r?\n$/, '')
    : await askSecret(`Password of ${username} at the registry`)
  if (given !== undefined && given !== '') return given
  throw new VicnfsError('VN-SETTING-MISSING', `There is no password for ${username}.`, {
    reason: fromStdin
      ? 'Nothing came on stdin.'
      : 'There is no terminal to ask on; --password-stdin takes it from stdin.',
  })
}

/** Whoever holds the other end open must not keep a command that is told to stop. */
async function whole(stdin: Readable, signal: AbortSignal): Promise<string> {
  try {
    return await text(addAbortSignal(signal, stdin))
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
