import {VicnfsError} from '../model/vicnfs-error.js'

/** From this length on a secret is looked for everywhere; a shorter one would be found in any innocent word. */
const DISTINCTIVE_LENGTH = 8

/** Throws VN-JOURNAL-SECRET when the text of an entry contains one of `secrets`, plain or in a common encoding. */
export function refuseSecrets(line: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    if (secret !== '' && spellings(secret).some((spelling) => contains(line, spelling))) {
      throw new VicnfsError(
        'VN-JOURNAL-SECRET',
        'A journal entry would have contained the password and was not written',
      )
    }
  }
}

function contains(line: string, secret: string): boolean {
  if (secret.length >= DISTINCTIVE_LENGTH) return line.includes(secret)
  // Short: only where a credential stands, `user:secret@host`, `password=secret`, `"password":"secret"`.
  const quoted = secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`://[^/@\\s"]*:${quoted}@|passw(or)?d["']?[=:\\s,]+["']?${quoted}(?![\\w-])`, 'i').test(line)
}

function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])]
}
