import {randomBytes, randomInt, randomUUID} from 'node:crypto'
import path from 'node:path'
import {checkStaticAddress} from '../containers/addresses.js'
import {readRequest, type ContainerRequest} from '../containers/create-request.js'
import {imageCommand, knownImage} from '../containers/image-catalogue.js'
import type {JsonObject} from '../containers/json-fields.js'
import {portLayerError, VchError} from '../containers/vch-error.js'
import {vicBehaviour} from '../containers/vic-behaviour.js'
import type {ContainerMount, ContainerRecord, NetworkState} from '../state/sandbox-state.js'
import type {ApiContext} from './api-context.js'
import {checkPorts, checkProcessors} from './check-create.js'

/** What create refuses before it looks at anything of the port layer (facts/vch-docker-api.md § 3.1, in its order). */
function checkRequest(context: ApiContext, request: ContainerRequest, image: string): void {
  if (request.endpointCount > 1) {
    throw new VchError(500, 'NetworkMode error: Container can be connected to one vicnetwork endpoint only')
  }
  const hostIps = ['', '0.0.0.0', context.store.state.publicAddress]
  if (request.ports.some((port) => !hostIps.includes(port.hostIp))) {
    throw portLayerError('host IP for port bindings is only supported for 0.0.0.0 and the public interface IP address')
  }
  if (request.ports.some((port) => port.hostPort.includes('-'))) {
    throw portLayerError('host port ranges are not supported for port bindings')
  }
  if ([...request.entrypoint, ...request.cmd, ...imageCommand(image)].length === 0) {
    throw new VchError(404, 'No command specified')
  }
}

/** What a container may be called. */
export const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/

function checkName(context: ApiContext, name: string): void {
  if (!CONTAINER_NAME.test(name)) {
    throw new VchError(500, `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)
  }
  const holder = context.store.state.containers.find((record) => record.name === name)
  if (holder === undefined) return
  throw new VchError(
    409,
    `conflict. The name "${name}" is already in use by container ${holder.id}. You have to remove (or rename) that container to be able to re use that name.`,
  )
}

/** The firewall's rules for `-p` on a container network (facts/vch-docker-api.md § 4.3). */
function checkTrust(network: NetworkState, request: ContainerRequest): void {
  if (network.driver !== 'external' || request.ports.length === 0) return
  if (network.trust === 'closed' || network.trust === 'outbound') {
    throw portLayerError(
      `ports cannot be published via container network ${network.name} (firewall configured as either "closed" or "outbound")`,
    )
  }
  if (network.trust === 'peers' && request.ports.some((port) => port.hostPort === '')) {
    throw portLayerError(
      `ports published via container network ${network.name} must specify a mapping (firewall configured for "peers" - no need for publishing unless redirecting)`,
    )
  }
}

function networkFor(context: ApiContext, request: ContainerRequest): NetworkState {
  const {networks, vicVersion} = context.store.state
  const network = networks.find((one) => one.name === request.network || one.id === request.network)
  if (network === undefined) throw portLayerError(`network ${request.network} not found`)
  if (vicBehaviour(vicVersion).trustLevels) checkTrust(network, request)
  checkStaticAddress(network, request.address)
  return network
}

interface WantedMount {
  readonly volume: string
  readonly destination: string
  readonly readOnly: boolean
  readonly anonymous: boolean
}

function wantedMount(bind: string): WantedMount {
  const [source = '', destination, flags = 'rw', ...more] = bind.split(':')
  if (destination === undefined) return {volume: '', destination: clean(source), readOnly: false, anonymous: true}
  if (source.startsWith('/')) {
    throw new VchError(400, 'Bad request error from portlayer: mounting directories as a data volume is not supported.')
  }
  if (source === '' || !destination.startsWith('/') || more.length > 0 || !['rw', 'ro'].includes(flags)) {
    throw new VchError(400, `Invalid volume specification: '${bind}'`)
  }
  return {volume: source, destination: clean(destination), readOnly: flags === 'ro', anonymous: false}
}

function clean(location: string): string {
  return path.posix.resolve('/', location)
}

/** Binds win over anonymous volumes at the same place; missing volumes are made in the store `default`. */
async function resolveMounts(context: ApiContext, request: ContainerRequest): Promise<readonly ContainerMount[]> {
  const wanted = new Map<string, WantedMount>()
  for (const mount of [...request.volumePaths, ...request.binds].map(wantedMount)) wanted.set(mount.destination, mount)
  const mounts: ContainerMount[] = []
  for (const mount of wanted.values()) {
    const name = mount.anonymous ? randomUUID() : mount.volume
    const made = {name, driver: 'vsphere', options: {}, labels: {}}
    const volume = context.volumes.find(name) ?? (await context.volumes.create(made))
    const nfs = context.volumes.nfsPlace(volume)
    mounts.push({...mount, volume: name, ...(nfs === undefined ? {} : {nfs})})
  }
  return mounts
}

const ADJECTIVES = ['amazing', 'brave', 'calm', 'eager', 'gallant', 'happy', 'keen', 'nifty', 'quiet', 'vibrant']
const NAMES = ['bell', 'curie', 'darwin', 'euler', 'franklin', 'hopper', 'lovelace', 'noether', 'turing', 'wing']

function inventedName(context: ApiContext): string {
  const taken = new Set(context.store.state.containers.map((record) => record.name))
  for (;;) {
    const name = `${ADJECTIVES[randomInt(ADJECTIVES.length)]}_${NAMES[randomInt(NAMES.length)]}`
    if (!taken.has(name)) return name
    if (taken.size >= ADJECTIVES.length * NAMES.length) return `${name}${randomInt(1_000_000)}`
  }
}

/** Makes the container VM, powered off. @returns its record @throws VchError in the VCH's words */
export async function createContainer(context: ApiContext, name: string, body: JsonObject): Promise<ContainerRecord> {
  const request = readRequest(body)
  const image = knownImage(context.store.state.images, request.image)
  checkRequest(context, request, image)
  const chosenName = name === '' ? inventedName(context) : name.replace(/^\//, '')
  checkName(context, chosenName)
  const network = networkFor(context, request)
  checkPorts(network, body)
  checkProcessors(body)
  const mounts = await resolveMounts(context, request)
  // Another create may have taken the name while volumes were made.
  checkName(context, chosenName)
  const record: ContainerRecord = {
    id: randomBytes(32).toString('hex'),
    name: chosenName,
    createdAt: new Date().toISOString(),
    image,
    request: body,
    mounts,
    hostConfigForgotten: false,
    power: 'created',
    exitCode: 0,
    startedAt: '',
    finishedAt: '',
    network: network.name,
    address: '',
  }
  context.store.update(({containers}) => void containers.push(record))
  context.containers.context.events.emit('create', record)
  return record
}
