import {nearestName} from '../model/nearest-name.js'
import {quoted} from './problem.js'

/** Consents are given to a command, each time, never by a file (DESIGN § 5); and which command takes them. */
const CONSENTS: Readonly<Record<string, string>> = {
  yes: 'apply',
  'allow-self-hosted': 'apply',
  'address-reserved': 'apply',
  'adopt-store': 'apply',
  recreate: 'apply',
  'reset-progress': 'apply',
  'no-rollback': 'apply',
  park: 'destroy',
  'delete-volume': 'destroy',
  confirm: 'destroy',
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
    return {
      message: `${quoted(key)} is a consent, and no file can give one`,
      fix: `Give it when you run the command: vicnfs runbook ${command} ${file} --${word}`,
    }
  }
  if (options.isOfOneShare) {
    return {message: `${quoted(key)} belongs to one share, so no default can give it`, fix: 'Move it to the share.'}
  }
  const nearest = known.includes(word) ? word : nearestName(word, known)
  return {
    message: `${quoted(key)} is not a key that can stand here`,
    fix: nearest === undefined ? `The keys here are ${known.join(', ')}.` : `Did you mean "${nearest}"?`,
  }
}
