import {nearestName} from '../model/nearest-name.js'
import {quoted, quotedExactly} from './problem.js'

/** Consents are given to a command, each time, never by a file (DESIGN § 5); and which command takes them. */
const CONSENTS: Readonly<Record<string, string>> = {
  yes: 'apply',
  'allow-self-hosted': 'apply',
  'address-reserved': 'apply',
  'adopt-store': 'apply',
  recreate: 'apply',
  'reset-progress': 'apply',
  'no-rollback': 'apply',
  // No command on a runbook does these: they are about one share, and about its data.
  park: 'teardown',
  'delete-volume': 'teardown',
  confirm: 'teardown',
}

/** What to say of a key that the format does not know; never what stands under it. */
export function unknownKey(
  key: string,
  known: readonly string[],
  options: {readonly file: string; readonly isOfOneShare: boolean},
): {readonly message: string; readonly fix: string} {
  const word = key
    .replaceAll('_', '-')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase()
  if (/passw(?:or)?d/.test(word)) {
    return {
      message: `${quoted(key)} cannot stand in a runbook, which is kept where many can read it`,
      fix: known.includes('password-env')
        ? 'Name the environment variable that holds it: password-env: VIC_MACHINE_PASSWORD'
        : 'The vSphere password is named by its variable, under vic-machine: password-env: VIC_MACHINE_PASSWORD',
    }
  }
  const command = Object.hasOwn(CONSENTS, word) ? CONSENTS[word] : undefined
  if (command !== undefined) {
    const file = options.file === '-' ? 'FILE' : options.file
    const line = command === 'teardown' ? `vicnfs teardown VOLUME` : `vicnfs runbook ${command} ${file}`
    return {
      message: `${quoted(key)} is a consent, and no file can give one`,
      fix: `Give it when you run the command: ${line} --${word}`,
    }
  }
  if (options.isOfOneShare) {
    return {message: `${quoted(key)} belongs to one share, so no default can give it`, fix: 'Move it to the share.'}
  }
  const nearest = known.includes(word) ? word : nearestName(word, known)
  return {
    message: `${nearest === undefined ? quoted(key) : quotedExactly(key)} is not a key that can stand here`,
    fix: nearest === undefined ? `The keys here are ${known.join(', ')}.` : `Did you mean "${nearest}"?`,
  }
}
