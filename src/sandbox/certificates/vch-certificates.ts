import {X509Certificate} from 'node:crypto'
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {ensurePrivate} from '../lifecycle/private-folder.js'
import type {SandboxState} from '../state/sandbox-state.js'
import {dockerVariables} from '../vic-machine/docker-environment.js'
import {certificateFolder, dockerEndpoint} from './docker-endpoint.js'
import {issueCertificate, type CertifiedKey} from './issue-certificate.js'

/** vic-machine's certificates are valid for one year (facts/vch-docker-api.md § 6). */
const VALID_MS = 365 * 24 * 60 * 60 * 1000
const PAIRS_OF = {
  tlsverify: [
    ['ca.pem', 'ca-key.pem'],
    ['server-cert.pem', 'server-key.pem'],
    ['cert.pem', 'key.pem'],
  ],
  'no-tlsverify': [['server-cert.pem', 'server-key.pem']],
  'no-tls': [],
} as const

/**
 * Makes sure that a VCH on TCP has its folder (0700) as `vic-machine create` leaves it: certificates, keys (0600) and
 * `<vch>.env`. Certificates that are out of date are made anew, as an administrator would.
 */
export async function ensureCertificates(directory: string, state: SandboxState): Promise<void> {
  if (state.listener === undefined) return
  const {security} = state.listener
  const folder = certificateFolder(directory)
  ensurePrivate(folder)
  if (!PAIRS_OF[security].every(([cert, key]) => isUsable(folder, cert, key))) {
    const made = security === 'tlsverify' ? await mutualCertificates(state) : [await selfSigned(state)]
    // docker's CLI reads a ca.pem even where it checks nothing.
    if (security === 'no-tlsverify') replaceFile(path.join(folder, 'ca.pem'), made[0]?.cert ?? '', 0o644)
    for (const [index, names] of PAIRS_OF[security].entries()) {
      const pair = made[index]
      if (pair !== undefined) writePair(folder, names, pair)
    }
  }
  const variables = dockerVariables(dockerEndpoint(directory, state), security === 'tlsverify' ? folder : undefined)
  replaceFile(path.join(folder, `${state.name}.env`), variables, 0o600)
}

function isUsable(folder: string, cert: string, key: string): boolean {
  if (!existsSync(path.join(folder, key))) return false
  try {
    const {validTo} = new X509Certificate(readFileSync(path.join(folder, cert)))
    return new Date(validTo) > new Date()
  } catch {
    return false
  }
}

function validity() {
  const notBefore = new Date()
  return {notBefore, notAfter: new Date(notBefore.getTime() + VALID_MS)}
}

/** `create` as it is by default: an authority, a server and a client; the name is the static address. */
async function mutualCertificates({name, publicAddress}: SandboxState): Promise<CertifiedKey[]> {
  const common = {organization: name, ...validity()}
  const authority = await issueCertificate({...common, role: 'authority'})
  const server = {role: 'server', commonName: publicAddress, address: publicAddress} as const
  const client = {role: 'client', commonName: publicAddress} as const
  return [
    authority,
    ...(await Promise.all([server, client].map((wish) => issueCertificate({...common, ...wish}, {authority})))),
  ]
}

/** `create --no-tlsverify`: nobody vouches for it, and it names no address. */
async function selfSigned({name}: SandboxState): Promise<CertifiedKey> {
  return issueCertificate({role: 'server', organization: name, ...validity()})
}

function writePair(folder: string, [cert, key]: readonly [string, string], pair: CertifiedKey): void {
  replaceFile(path.join(folder, key), pair.key, 0o600)
  replaceFile(path.join(folder, cert), pair.cert, 0o644)
}

function replaceFile(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, {mode})
  renameSync(`${file}.new`, file)
}
