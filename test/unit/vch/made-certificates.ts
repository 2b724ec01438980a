import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

/** What `openssl` says about itself; undefined where there is none. */
export function opensslVersion(): string | undefined {
  try {
    return execFileSync('openssl', ['version'], {encoding: 'utf8'}).trim()
  } catch {
    return undefined
  }
}

export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

export interface Authority {
  readonly ca: Buffer
  /** A certificate signed by this authority. */
  readonly issue: (name: string, options?: {readonly san?: string; readonly days?: number}) => Pair
  readonly remove: () => void
}

/** A certificate authority as vic-machine makes one, by openssl, in a folder of its own. */
export function makeAuthority(organization: string): Authority {
  const folder = mkdtempSync(path.join(tmpdir(), 'vicnfs-ca-'))
  const file = (name: string): string => path.join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'})
  const ofCa = ['-x509', '-days', '2', '-subj', `/O=${organization}`, '-out', file('ca.pem')]
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('ca-key.pem'), ...ofCa)
  return {
    ca: readFileSync(file('ca.pem')),
    remove: () => rmSync(folder, {recursive: true}),
    issue: (name, {san, days = 2} = {}) => {
      const subject = ['-subj', `/O=${organization}/CN=${name}`]
      openssl(
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        file(`${name}.key`),
        ...subject,
        '-out',
        file(`${name}.csr`),
      )
      writeFileSync(file(`${name}.ext`), san === undefined ? 'keyUsage=digitalSignature\n' : `subjectAltName=${san}\n`)
      const ca = [
        '-CA',
        file('ca.pem'),
        '-CAkey',
        file('ca-key.pem'),
        '-CAcreateserial',
        '-extfile',
        file(`${name}.ext`),
      ]
      openssl('x509', '-req', '-in', file(`${name}.csr`), ...ca, '-days', String(days), '-out', file(`${name}.pem`))
      return {cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`))}
    },
  }
}
