import {text} from 'node:stream/consumers'

import {VicnfsError} from '../model/vicnfs-error.js'

interface PasswordOptions {
  readonly username: string
  readonly fromStdin: boolean
  readonly askSecret: (prompt: string) => Promise<string | undefined>
}

/** The password that goes with --username: from stdin without its last line end, or typed. @throws VN-SETTING-MISSING */
export async function registryPassword(options: PasswordOptions): Promise<string> {
  const {username, fromStdin, askSecret} = options
  const given = fromStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : await askSecret(`Password of ${username} at the registry`)
  if (given !== undefined && given !== '') return given
  throw new VicnfsError('VN-SETTING-MISSING', `There is no password for ${username}.`, {
    reason: fromStdin
      ? 'Nothing came on stdin.'
      : 'There is no terminal to ask on; --password-stdin takes it from stdin.',
  })
}
