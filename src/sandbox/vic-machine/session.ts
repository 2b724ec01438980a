import {isIP} from 'node:net'
import {type Datacenter, type Inventory, type VCenter, type VCenterAbout} from '../vcenter/vcenter-api.js'
import type {Credentials} from './credentials.js'
import {DeadlineExceeded} from './deadline.js'
import {CommandFailure, isSet, type Run} from './invocation.js'
import {traceError} from './trace-error.js'

/** A login that holds. */
export interface Session {
  readonly vcenter: VCenter & {close(): void}
  readonly about: VCenterAbout
  readonly inventory: Inventory
  /** Datacenters that the target leaves in view. */
  readonly datacenters: readonly Datacenter[]
}

/** How a command names itself in its refusals: `Configure cannot continue - …`. */
export interface SessionWords {
  readonly create: string
  readonly validate: string
  readonly failure: string
  /** `ls` shows all datacenters; the others need one. */
  readonly allDatacenters: boolean
}

/** A TLS handshake and a login take their time on a real vCenter, so a limit of a millisecond never suffices. */
const LOGIN_MS = 5

/**
 * Connects, checks the certificate, logs in and validates the target, saying what vic-machine says.
 * @throws CommandFailure
 */
export async function openSession(run: Run, credentials: Credentials, words: SessionWords): Promise<Session> {
  const {narrator, deadline} = run
  const failed = (reason: string) => {
    narrator.error(`${words.create} cannot continue - failed to create validator: ${reason}`)
    return new CommandFailure(words.failure)
  }
  const address = credentials.port === '443' ? credentials.host : `${credentials.host}:${credentials.port}`
  try {
    await deadline.sleep(LOGIN_MS)
    const vcenter = await run.world.connect({signal: deadline.signal})
    try {
      const about = await vcenter.about({signal: deadline.signal})
      const obstacle =
        (await reachObstacle(run, credentials, {about, address})) ??
        certificateObstacle(run, credentials, about, address)
      if (obstacle !== undefined) throw failed(obstacle)
      await logIn(vcenter, credentials, run).catch((error: unknown) => {
        if (error instanceof DeadlineExceeded) throw error
        throw failed(`Failed to log in to ${address}: ${(error as Error).message}`)
      })
      const inventory = await vcenter.inventory({signal: deadline.signal})
      if (credentials.datacenter.includes('/')) {
        suggestDatacenters(run, inventory.datacenters, ONLY_DATACENTER)
        throw failed(ONLY_DATACENTER)
      }
      narrator.info('Validating target')
      const datacenters = validateDatacenter(run, credentials, {inventory, words})
      return {vcenter, about, inventory, datacenters}
    } catch (error) {
      vcenter.close()
      throw error
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    if (error instanceof DeadlineExceeded) traceError(run, 'vic/pkg/trace.(*Operation).Err')
    throw failed(`Failed to connect to ${address}: Post https://${address}/sdk: ${(error as Error).message}`)
  }
}

function logIn(vcenter: VCenter, {user, password}: Credentials, run: Run): Promise<void> {
  return vcenter.login(user, password, {signal: run.deadline.signal})
}

/** Every other host is one that no resolver knows, or where no vCenter listens. */
async function reachObstacle(
  {world, deadline}: Run,
  {host, port, thumbprint}: Credentials,
  {about, address}: {readonly about: VCenterAbout; readonly address: string},
): Promise<string | undefined> {
  const isOurs = host.toLowerCase() === about.host.toLowerCase()
  if (isOurs && port === '443') return undefined
  const isAddress = isIP(host.replace(/^\[|\]$/g, '')) !== 0
  const trouble =
    isOurs || isAddress
      ? ((isAddress ? await world.dial(host, port, {signal: deadline.signal}) : undefined) ??
        `dial tcp ${host}:${port}: getsockopt: connection refused`)
      : `dial tcp: lookup ${host} on 127.0.0.53:53: no such host`
  return thumbprint === undefined ? trouble : `Failed to connect to ${address}: Post https://${address}/sdk: ${trouble}`
}

function certificateObstacle(
  run: Run,
  {thumbprint, host}: Credentials,
  about: VCenterAbout,
  address: string,
): string | undefined {
  if (thumbprint === undefined) {
    if (isSet(run.flags, 'force')) return undefined
    run.narrator.error(`Failed to verify certificate for target=${address} (thumbprint=${about.thumbprint})`)
    return 'x509: certificate signed by unknown authority'
  }
  // Compared as text: lower case fails (facts/vic-machine.md § 1.2).
  if (thumbprint === about.thumbprint) return undefined
  return `Failed to connect to ${address}: Post https://${address}/sdk: Host "${host}:443" thumbprint does not match "${thumbprint}"`
}

function validateDatacenter(
  run: Run,
  {datacenter}: Credentials,
  {inventory, words}: {readonly inventory: Inventory; readonly words: SessionWords},
): readonly Datacenter[] {
  const {datacenters} = inventory
  if (datacenter === '') {
    if (datacenters.length === 1 || words.allDatacenters) return datacenters
    return refuseDatacenter(
      run,
      {datacenters, words},
      'Datacenter must be specified in --target (e.g. https://addr/datacenter)',
    )
  }
  const found = datacenters.filter(({name}) => name === datacenter)
  if (found.length === 1) return found
  return refuseDatacenter(
    run,
    {datacenters, words},
    `Datacenter ${JSON.stringify(datacenter)} in --target is not found`,
  )
}

/** A cluster in the path of the target is refused before anything is validated (facts/vic-machine.md § 1.2). */
const ONLY_DATACENTER =
  '--target should only specify datacenter in the path (e.g. https://addr/datacenter) - specify cluster, resource pool, or folder with --compute-resource'

function suggestDatacenters({narrator}: Run, datacenters: readonly Datacenter[], reason: string): void {
  narrator.error(reason)
  narrator.info('Suggesting valid values for datacenter in --target')
  narrator.info('Suggested datacenters:')
  for (const {name} of datacenters) narrator.info(`  ${JSON.stringify(name)}`)
}

function refuseDatacenter(
  run: Run,
  {datacenters, words}: {readonly datacenters: readonly Datacenter[]; readonly words: SessionWords},
  reason: string,
): never {
  suggestDatacenters(run, datacenters, reason)
  run.narrator.error(`${words.validate} cannot continue - target validation failed: ${reason}`)
  throw new CommandFailure(words.failure)
}
