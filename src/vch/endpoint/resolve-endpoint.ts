import {stat} from 'node:fs/promises'
import path from 'node:path'
import {parseEndpoint, PLAIN_PORT, TLS_PORT, type EndpointAddress} from '../../model/endpoint.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {currentContextName, readContext} from './docker-context.js'
import {endpointOf, type Endpoint, type TlsMaterial} from './endpoint.js'
import {isFolder, readOptionalTlsFolder, readTlsFolder, warnOfOpenKey} from './tls-folder.js'

/** What the operator said about the Docker API; each one comes before its environment variable. */
export interface EndpointSettings {
  readonly host?: string
  readonly context?: string
  /** Folder of ca.pem, cert.pem and key.pem. */
  readonly certPath?: string
  /** true asks for TLS and a check of the certificate; false leaves out the check, never TLS itself. */
  readonly tlsVerify?: boolean
}

export interface ResolveOptions {
  readonly homeDirectory: string
  readonly signal: AbortSignal
  /** Told what is no error but unwise. */
  readonly onWarning?: (text: string) => void
  /** Docker's own socket, used when nothing else is said and it exists. */
  readonly systemSocket?: string
}

type Environment = Readonly<Record<string, string | undefined>>

interface Place {
  readonly address: EndpointAddress
  readonly origin: string
  /** A folder that was named: its files must be there. */
  readonly certPath?: string | undefined
  /** A folder whose files are used when they are there. */
  readonly fallbackFolder: string
  /** Somebody asked for TLS in words. */
  readonly tlsWanted: boolean
  readonly verify: boolean
  /** Who says that the certificate is not to be checked, if somebody does. */
  readonly unchecked: string
}

const BY_SETTING = '--no-tlsverify, --consumer-no-tlsverify or its variable says so'

/**
 * Finds the Docker API and everything needed to talk to it: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`,
 * the chosen docker context, then Docker's local socket if there is one. TLS is on for `https://`, port 2376, a
 * certificate folder, and a non-empty `DOCKER_TLS_VERIFY` or `DOCKER_TLS`; nothing turns it off silently. `DOCKER_TLS`
 * alone leaves out the check, as with the docker CLI. A context is complete: DOCKER_TLS_VERIFY and DOCKER_CERT_PATH do
 * not change it, as there.
 * @throws VN-VCH-NO-ENDPOINT, VN-VCH-ENDPOINT-BAD, VN-VCH-CONTEXT-MISSING, VN-VCH-CERT-MISSING, VN-VCH-CERT-BAD,
 * VN-SETTING-BAD for settings that contradict each other
 */
export async function resolveEndpoint(
  settings: EndpointSettings,
  environment: Environment,
  options: ResolveOptions,
): Promise<Endpoint> {
  const place = await findPlace(settings, environment, options)
  const {address, origin, verify} = place
  if (address.kind === 'unix') return endpointOf(address, origin, {verify: true})
  if (!needsTls(address, place)) {
    return endpointOf({...address, tls: false, port: address.port ?? PLAIN_PORT}, origin, {verify: true})
  }
  if (address.tls === false) {
    throw new VicnfsError(
      'VN-SETTING-BAD',
      `The address from ${origin} says http://, but other settings ask for TLS.`,
      {
        reason:
          'Port 2376, a certificate folder and DOCKER_TLS_VERIFY all mean TLS, and TLS is never turned off silently.',
      },
    )
  }
  const tls = await readMaterial(place, options)
  const tlsFolder = place.certPath ?? place.fallbackFolder
  if (tls.key !== undefined) await warnOfOpenKey(tlsFolder, options.onWarning)
  const of = Object.keys(tls).length === 0 ? {} : {tls, tlsFolder}
  const endpoint = endpointOf({...address, tls: true, port: address.port ?? TLS_PORT}, origin, {...of, verify})
  if (!verify) options.onWarning?.(`The certificate of ${endpoint.text} is not checked: ${place.unchecked}.`)
  return endpoint
}

async function findPlace(
  settings: EndpointSettings,
  environment: Environment,
  options: ResolveOptions,
): Promise<Place> {
  const said = (name: string): string | undefined => environment[name]?.trim() || undefined
  if (settings.host !== undefined && settings.context !== undefined) {
    throw new VicnfsError('VN-SETTING-BAD', 'Either --host or --context says where the Docker API is, not both.')
  }
  const configFolder = said('DOCKER_CONFIG') ?? path.join(options.homeDirectory, '.docker')
  const host = settings.host ?? (settings.context === undefined ? said('DOCKER_HOST') : undefined)
  if (host !== undefined) {
    const origin = settings.host === undefined ? 'DOCKER_HOST' : '--host'
    return hostPlace(parseEndpoint(host), origin, {settings, environment, fallbackFolder: configFolder})
  }
  const name = settings.context ?? said('DOCKER_CONTEXT') ?? (await currentContextName(configFolder, options))
  if (name === undefined || name === 'default') return socketPlace(options)
  return contextPlace(name, configFolder, {settings, options})
}

function hostPlace(
  address: EndpointAddress,
  origin: string,
  {
    settings,
    environment,
    fallbackFolder,
  }: {settings: EndpointSettings; environment: Environment; fallbackFolder: string},
): Place {
  const certPath = settings.certPath ?? (environment['DOCKER_CERT_PATH']?.trim() || undefined)
  const [checked, unchecked] = [environment['DOCKER_TLS_VERIFY'], environment['DOCKER_TLS']].map(Boolean)
  const verify = settings.tlsVerify ?? (checked === true || unchecked === false)
  const tlsWanted = settings.tlsVerify === true || checked === true || unchecked === true
  const by = settings.tlsVerify === undefined ? 'DOCKER_TLS without DOCKER_TLS_VERIFY says so' : BY_SETTING
  return {address, origin, certPath, fallbackFolder, tlsWanted, verify, unchecked: by}
}

async function contextPlace(
  name: string,
  configFolder: string,
  {settings, options}: {settings: EndpointSettings; options: ResolveOptions},
): Promise<Place> {
  const context = await readContext(name, configFolder, options)
  const origin = `docker context "${name}"`
  if (context.host === undefined) return {...(await socketPlace(options)), origin}
  return {
    address: parseEndpoint(context.host),
    origin,
    certPath: settings.certPath,
    fallbackFolder: context.tlsFolder,
    tlsWanted: settings.tlsVerify === true || (await isFolder(context.tlsFolder)),
    verify: settings.tlsVerify ?? !context.skipTlsVerify,
    unchecked: settings.tlsVerify === undefined ? `${origin} says so` : BY_SETTING,
  }
}

async function socketPlace({homeDirectory, systemSocket = '/var/run/docker.sock'}: ResolveOptions): Promise<Place> {
  for (const socket of [path.join(homeDirectory, '.docker', 'run', 'docker.sock'), systemSocket]) {
    const found = await stat(socket).catch(() => undefined)
    if (found?.isSocket() === true) {
      const origin = `the local Docker socket ${socket}`
      const address = {kind: 'unix', path: socket} as const
      return {address, origin, fallbackFolder: '', tlsWanted: false, verify: true, unchecked: ''}
    }
  }
  throw new VicnfsError('VN-VCH-NO-ENDPOINT', 'It is not known which Docker API to talk to.', {
    tries: ['eval "$(vicnfs sandbox start)"', 'docker context ls'],
  })
}

function needsTls(address: {readonly tls?: boolean; readonly port?: number}, {tlsWanted, certPath}: Place): boolean {
  return address.tls === true || tlsWanted || certPath !== undefined || address.port === TLS_PORT
}

async function readMaterial(place: Place, {signal}: ResolveOptions): Promise<TlsMaterial> {
  if (place.certPath !== undefined) return readTlsFolder(place.certPath, place.origin, {verify: place.verify, signal})
  return readOptionalTlsFolder(place.fallbackFolder, place.origin, {signal})
}
