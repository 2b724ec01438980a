import {readFile} from 'node:fs/promises'
import path from 'node:path'

import {loginKey} from '../../model/image-reference.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {askCredentialHelper} from './credential-helper.js'
import {noLogin, registryLogin, type LoginParts, type RegistryLogin} from './registry-login.js'

export interface FindLoginOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  readonly signal?: AbortSignal
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>
  readonly credsStore?: unknown
  readonly credHelpers?: Readonly<Record<string, unknown>>
}

/** The user name with which a helper says that its secret is an identity token. */
const TOKEN_USER = '<token>'

/**
 * The login that docker itself would use at a registry: from the helper of this registry, else from the credential
 * store, else from config.json, in the folder DOCKER_CONFIG or ~/.docker.
 * @throws VN-REGISTRY-LOGIN-BAD
 */
export async function findLogin(registry: string, options: FindLoginOptions): Promise<RegistryLogin> {
  const {environment, homeDirectory, signal} = options
  const folder = environment['DOCKER_CONFIG']?.trim() || path.join(homeDirectory, '.docker')
  const file = path.join(folder, 'config.json')
  const config = await readConfig(file, signal)
  const key = loginKey(registry)
  const helper = helperOf(config, key)
  if (helper !== undefined) {
    const found = await askCredentialHelper(helper, key, options)
    if (found !== undefined) {
      const parts =
        found.username === TOKEN_USER
          ? {identityToken: found.secret}
          : {username: found.username, password: found.secret}
      return registryLogin(key, parts, `docker-credential-${helper}`)
    }
  }
  const parts = storedParts(config, key, file)
  return parts === undefined ? noLogin() : registryLogin(key, parts, file)
}

async function readConfig(file: string, signal: AbortSignal | undefined): Promise<DockerConfig> {
  let text: string
  try {
    text = await readFile(file, {encoding: 'utf8', ...(signal === undefined ? {} : {signal})})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    signal?.throwIfAborted()
    throw bad(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) throw bad(file, 'is no JSON object')
  return value
}

/** The parser's own error would quote the file, with the passwords in it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function helperOf({credHelpers, credsStore}: DockerConfig, key: string): string | undefined {
  const name = Object.entries(credHelpers ?? {}).find(([registry]) => sameRegistry(registry, key))?.[1] ?? credsStore
  return typeof name === 'string' && name !== '' ? name : undefined
}

function storedParts({auths}: DockerConfig, key: string, file: string): LoginParts | undefined {
  const entries = Object.entries(auths ?? {})
  const entry = (entries.find(([registry]) => registry === key) ??
    entries.find(([name]) => sameRegistry(name, key)))?.[1]
  const {auth, username, password, identitytoken, registrytoken} = (entry ?? {}) as Readonly<Record<string, unknown>>
  const said = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (said(registrytoken)) return {registryToken: registrytoken}
  if (said(identitytoken)) return {identityToken: identitytoken}
  if (said(auth)) return decodedAuth(auth, key, file)
  return said(username) && said(password) ? {username, password} : undefined
}

/** `auth` is base64 of `user:password`; docker pads it with NUL bytes at times. */
function decodedAuth(auth: string, key: string, file: string): LoginParts {
  const text = Buffer.from(auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) throw bad(file, `has a login for ${key} that is not of the form user:password`)
  return {username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '')}
}

/** Old versions of docker wrote a URL where a host is meant. */
function sameRegistry(name: string, key: string): boolean {
  return hostOf(name) === hostOf(key)
}

function hostOf(name: string): string {
  const host = name.replace(/^https?:\/\//, '').split('/')[0] ?? ''
  return host === 'docker.io' || host === 'registry-1.docker.io' ? 'index.docker.io' : host
}

function bad(file: string, what: string): VicnfsError {
  return new VicnfsError('VN-REGISTRY-LOGIN-BAD', `${file} ${what}.`, {reason: 'It is the configuration of docker.'})
}
