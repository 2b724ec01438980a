import type {Check} from '../../model/check.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {ExamineContext} from './context.js'
import {notAsked, ok, verdictOf, type Verdict} from './verdict.js'

type Part = 'settings' | 'target' | 'thumbprint' | 'login' | 'inventory'

const PARTS: readonly (readonly [Part, string])[] = [
  ['settings', 'Settings'],
  ['target', 'Target'],
  ['thumbprint', 'Thumbprint'],
  ['login', 'Login'],
  ['inventory', 'Datacenter'],
]

/** What stands in the way by the code of the error; a login goes through these in their order. */
const BLAMED: Readonly<Record<string, Part>> = {
  'VN-SETTING-MISSING': 'settings',
  'VN-VICMACHINE-SETTINGS': 'settings',
  'VN-VICMACHINE-MISSING': 'settings',
  'VN-VICMACHINE-PASSWORD-MISSING': 'settings',
  'VN-VICMACHINE-TARGET-INVALID': 'target',
  'VN-VICMACHINE-TARGET-UNKNOWN': 'target',
  'VN-VICMACHINE-TARGET-UNREACHABLE': 'target',
  'VN-VICMACHINE-TIMEOUT': 'target',
  'VN-VICMACHINE-THUMBPRINT-MISSING': 'thumbprint',
  'VN-VICMACHINE-THUMBPRINT-WRONG': 'thumbprint',
  'VN-VICMACHINE-DATACENTER': 'inventory',
  'VN-VICMACHINE-COMPUTE-RESOURCE': 'inventory',
  'VN-VICMACHINE-UNREADABLE': 'inventory',
}

const FINE: Readonly<Record<Part, string>> = {
  settings: 'They are set.',
  target: 'A vCenter answers there.',
  thumbprint: 'It is the one of the certificate, or the certificate is trusted.',
  login: 'The user name and the password were accepted.',
  inventory: 'vic-machine lists the VCHs in it.',
}

/**
 * One `vic-machine ls` as the checks that it stands for: it looks its target up, checks the certificate, logs in, and
 * then finds the datacenter. A refused login is not tried again for the rest (S8).
 * @param error what it ended with, if it failed
 */
export function loginChecks(error?: unknown): Check[] {
  const blamed = error === undefined ? undefined : ((isVicnfsError(error) ? BLAMED[error.code] : undefined) ?? 'login')
  const blamedAt = PARTS.findIndex(([part]) => part === blamed)
  return PARTS.map(([part, title], index) => {
    const id = `vsphere.${part}`
    if (blamed === undefined || index < blamedAt) return {id, title, ...ok(FINE[part])}
    if (index === blamedAt) return {id, title, ...verdictOf(error)}
    return {id, title, ...whyNot(PARTS[blamedAt]?.[1] ?? '')}
  })
}

function whyNot(blamed: string): Verdict {
  return notAsked(`Not looked at, because of: ${blamed}.`)
}

/** Whether vic-machine gets into vCenter with the settings given. */
export async function examineLogin({sights}: ExamineContext): Promise<Check[]> {
  try {
    await sights.rows()
    return loginChecks()
  } catch (error) {
    return loginChecks(error)
  }
}
