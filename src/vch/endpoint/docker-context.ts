import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {VicnfsError} from '../../model/vicnfs-error.js'

/** What a docker context says (facts/toolchain.md § 1.3). */
export interface DockerContext {
  readonly name: string
  /** undefined: the local Docker socket. */
  readonly host?: string
  readonly skipTlsVerify: boolean
  /** Folder of ca.pem, cert.pem, key.pem; need not exist. */
  readonly tlsFolder: string
}

async function readJson(file: string, signal: AbortSignal): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, {encoding: 'utf8', signal})
  } catch {
    signal.throwIfAborted()
    return undefined
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new VicnfsError('VN-VCH-CONTEXT-MISSING', `The file ${file} of docker is not JSON.`, {cause: error})
  }
}

/** The context that `docker context use` chose; undefined when none was, or the default one. */
export async function currentContextName(
  configFolder: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<string | undefined> {
  const config = (await readJson(path.join(configFolder, 'config.json'), signal)) as
    {currentContext?: unknown} | undefined
  const name = config?.currentContext
  return typeof name === 'string' && name !== '' && name !== 'default' ? name : undefined
}

/**
 * Reads a docker context by name.
 * @throws VN-VCH-CONTEXT-MISSING
 */
export async function readContext(
  name: string,
  configFolder: string,
  {signal}: {readonly signal: AbortSignal},
): Promise<DockerContext> {
  const id = createHash('sha256').update(name).digest('hex')
  const file = path.join(configFolder, 'contexts', 'meta', id, 'meta.json')
  const meta = (await readJson(file, signal)) as
    {Endpoints?: {docker?: {Host?: unknown; SkipTLSVerify?: unknown}}} | null | undefined
  if (meta === undefined || meta === null) {
    throw new VicnfsError('VN-VCH-CONTEXT-MISSING', `There is no docker context "${name}".`, {
      tries: ['docker context ls'],
    })
  }
  const endpoint = meta.Endpoints?.docker
  return {
    name,
    ...(typeof endpoint?.Host === 'string' && endpoint.Host !== '' ? {host: endpoint.Host} : {}),
    skipTlsVerify: endpoint?.SkipTLSVerify === true,
    tlsFolder: path.join(configFolder, 'contexts', 'tls', id, 'docker'),
  }
}
