import {inspect} from 'node:util'

/** A login at a registry; its secrets are shown by nothing that prints objects. */
export interface RegistryLogin {
  /** Where it came from, in words; safe to show. */
  readonly origin: string
  /** Empty for a token and for no login at all. */
  readonly username: string
  /** What must never be shown. */
  readonly secrets: readonly string[]
  /** The value of the header X-Registry-Auth: URL-safe base64 of JSON. */
  readonly header: string
}

/** What docker knows of a login: a password, or a token in its place. */
export interface LoginParts {
  readonly username?: string
  readonly password?: string
  readonly identityToken?: string
  readonly registryToken?: string
}

/** @param serverAddress the key of the registry (`loginKey`) */
export function registryLogin(serverAddress: string, parts: LoginParts, origin: string): RegistryLogin {
  const {username = '', password = '', identityToken, registryToken} = parts
  const credentials =
    registryToken !== undefined
      ? {registrytoken: registryToken}
      : identityToken !== undefined
        ? {identitytoken: identityToken}
        : {username, password}
  const header = encoded(JSON.stringify({...credentials, serveraddress: serverAddress}))
  const secrets = [password, identityToken ?? '', registryToken ?? '', header].filter((secret) => secret !== '')
  return hidden({
    origin,
    username: identityToken === undefined && registryToken === undefined ? username : '',
    secrets,
    header,
  })
}

/** A push without a login; the Engine wants the header all the same. */
export function noLogin(): RegistryLogin {
  return hidden({origin: 'no login', username: '', secrets: [], header: encoded('{}')})
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

function hidden(login: RegistryLogin): RegistryLogin {
  const secret = (value: unknown): PropertyDescriptor => ({value, enumerable: false})
  return Object.defineProperties(
    {...login},
    {
      secrets: secret(login.secrets),
      header: secret(login.header),
      [inspect.custom]: secret(() => `[login: ${login.origin}]`),
    },
  )
}
