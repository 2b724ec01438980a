import {spawn} from 'node:child_process'

import {formatDuration} from '../../model/duration.js'
import {VicnfsError} from '../../model/vicnfs-error.js'

/** What a credential helper knows of one registry. */
export interface HelperCredentials {
  readonly username: string
  readonly secret: string
}

export interface HelperOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** A helper may ask its user to unlock the key ring. */
const TIMEOUT_MS = 120_000
/** docker-credential-helpers, credentials/error.go; the text is the protocol's. */
const NOT_FOUND = /credentials not found in native keychain/
const LARGEST_ANSWER = 1_000_000

/**
 * Asks `docker-credential-<name> get` for the login of a registry. The registry goes to its stdin and the login comes
 * from its stdout (protocol of docker-credential-helpers), so that no secret is ever in an argument.
 * Started here and not through execa: that has its one door in src/vic-machine, and its errors carry stdout.
 * @returns undefined when the helper knows no login
 * @throws VN-REGISTRY-LOGIN-BAD
 */
export async function askCredentialHelper(
  name: string,
  registry: string,
  options: HelperOptions,
): Promise<HelperCredentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) throw bad(`"${name}" is no name of a credential helper`)
  const program = `docker-credential-${name}`
  const {exitCode, stdout} = await run(program, registry, options)
  if (exitCode !== 0 && NOT_FOUND.test(stdout)) return undefined
  // What it printed is not shown: it may be half of a login.
  if (exitCode !== 0) throw bad(`${program} failed for ${registry} with exit code ${String(exitCode)}`, program)
  const {username, secret} = credentialsIn(stdout)
  if (username === undefined || secret === undefined) throw bad(`${program} did not answer with a login`, program)
  return {username, secret}
}

function credentialsIn(text: string): {username?: string; secret?: string} {
  try {
    const {Username, Secret} = JSON.parse(text) as {Username?: unknown; Secret?: unknown}
    return {
      ...(typeof Username === 'string' ? {username: Username} : {}),
      ...(typeof Secret === 'string' ? {secret: Secret} : {}),
    }
  } catch {
    return {}
  }
}

interface Ended {
  readonly exitCode: number | string
  readonly stdout: string
}

async function run(program: string, input: string, options: HelperOptions): Promise<Ended> {
  const {environment, signal, timeoutMs = TIMEOUT_MS} = options
  // The vSphere password is for vic-machine alone.
  const {VIC_MACHINE_PASSWORD: _password, ...env} = environment
  // Not spawn's own time limit: its timer outlives a program that cannot be started.
  const limit = AbortSignal.timeout(timeoutMs)
  const child = spawn(program, ['get'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (stdout.length > LARGEST_ANSWER) child.kill()
  })
  child.stdin.on('error', () => undefined).end(input)
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) reject(signal.reason as Error)
      else if (limit.aborted) reject(bad(`${program} did not answer within ${formatDuration(timeoutMs)}`, program))
      else reject(bad(`${program} cannot be started (${error.code ?? error.name})`, program))
    })
    child.once('close', (code, killedBy) => resolve({exitCode: code ?? killedBy ?? 'unknown', stdout}))
  })
}

function bad(what: string, program?: string): VicnfsError {
  return new VicnfsError('VN-REGISTRY-LOGIN-BAD', `${what}.`, {
    reason: "docker's config.json names it under credHelpers or credsStore.",
    ...(program === undefined ? {} : {tries: [`${program} list`]}),
  })
}
