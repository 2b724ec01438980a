import {CommandFailure, flagValue, type Run} from './invocation.js'
import {parseTargetUrl} from './parse-flags.js'

export interface Credentials {
  readonly host: string
  /** 443 unless the target says another one. */
  readonly port: string
  readonly datacenter: string
  readonly user: string
  readonly password: string
  readonly thumbprint: string | undefined
}

/**
 * Target, user and password (facts/vic-machine.md § 1.2): from flags, variables or the target itself. Without a
 * password anywhere it is asked for on a terminal; elsewhere the empty one is tried.
 * @throws CommandFailure
 */
export async function readCredentials(run: Run): Promise<Credentials> {
  const target = flagValue(run.flags, 'target') ?? ''
  if (target === '') throw new CommandFailure('--target argument must be specified')
  const url = parseTargetUrl(target)
  const user = flagValue(run.flags, 'user') ?? url.user?.name ?? ''
  if (user === '') {
    throw new CommandFailure('vSphere user must be specified, either with --user or as part of --target')
  }
  const password = flagValue(run.flags, 'password') ?? url.user?.password ?? (await askPassword(run, user))
  const [, host = url.host, port = '443'] = /^(.*?)(?::(\d+))?$/.exec(url.host) ?? []
  return {
    host,
    port,
    datacenter: url.path.replace(/^\/+|\/+$/g, ''),
    user,
    password,
    thumbprint: flagValue(run.flags, 'thumbprint') || undefined,
  }
}

async function askPassword(run: Run, user: string): Promise<string> {
  run.narrator.info(`vSphere password for ${user}: `)
  return run.world.readPassword ? run.world.readPassword() : ''
}
