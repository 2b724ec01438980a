import {randomBytes, randomInt} from 'node:crypto'
import {parseIpv4Range} from '../containers/ipv4.js'
import {objectField, textField, type JsonObject} from '../containers/json-fields.js'
import {VchError} from '../containers/vch-error.js'
import type {NetworkState} from '../state/sandbox-state.js'
import {sendEmpty, sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {endpointIdOf} from './container-inspect.js'
import {readFilters} from './list-filters.js'
import type {Route} from './routes.js'

function needNetwork(context: ApiContext, wanted: string): NetworkState {
  const {networks} = context.store.state
  const network = networks.find((one) => one.name === wanted || one.id === wanted)
  const begun = networks.filter((one) => wanted.length > 0 && one.id.startsWith(wanted))
  const found = network ?? (begun.length === 1 ? begun[0] : undefined)
  if (found === undefined) throw new VchError(404, `network ${wanted} not found`)
  return found
}

/** Endpoints of the running containers; an address of a DHCP network does not show here. */
function endpoints(context: ApiContext, network: NetworkState): object {
  const running = context.store.state.containers.filter(
    (record) => record.network === network.name && record.power === 'running',
  )
  const prefix = network.subnet === undefined ? 0 : parseIpv4Range(network.subnet).prefix
  return Object.fromEntries(
    running.map((record) => [
      record.id,
      {
        Name: record.name,
        EndpointID: endpointIdOf(record),
        MacAddress: '',
        IPv4Address: network.dhcp === undefined ? `${record.address}/${prefix}` : '',
        IPv6Address: '',
      },
    ]),
  )
}

function networkDocument(context: ApiContext, network: NetworkState): object {
  const {subnet, gateway, ipRange} = network
  const config = {
    ...(subnet === undefined ? {} : {Subnet: subnet}),
    ...(ipRange === undefined ? {} : {IPRange: ipRange}),
    ...(gateway === undefined ? {} : {Gateway: gateway}),
  }
  return {
    Name: network.name,
    Id: network.id,
    Created: new Date().toISOString(),
    Scope: '',
    Driver: network.driver,
    EnableIPv6: false,
    IPAM: {Driver: '', Options: {}, Config: [config]},
    Internal: false,
    Attachable: false,
    Containers: endpoints(context, network),
    Options: {},
    Labels: {},
  }
}

function list(context: ApiContext, call: ApiCall): void {
  const filters = readFilters(call.query)
  const found = context.store.state.networks.filter((network) => {
    if (filters.get('name')?.some((part) => network.name.includes(part)) === false) return false
    if (filters.get('id')?.some((part) => network.id.startsWith(part)) === false) return false
    return filters.get('driver')?.includes(network.driver) !== false
  })
  sendJson(
    call,
    200,
    found.map((network) => networkDocument(context, network)),
  )
}

const OWN_FROM = 64
const OWN_TO = 127

/**
 * A /24 of loopback that no network has: first those that follow from the sandbox's own networks, 127.A.B with A in
 * 64..127, so that no two sandboxes take the same.
 */
function freeSubnet(networks: readonly NetworkState[]): string {
  const own = networks.flatMap(({subnet = ''}) => {
    const [, a = 0, b = 0] = subnet.split('.').map(Number)
    if (a < OWN_FROM || a > OWN_TO) return []
    return [`127.${a + OWN_FROM}.${b}`, ...(a === OWN_FROM ? [] : [`127.${a + OWN_TO}.${b}`])]
  })
  const free = own.find((base) => !networks.some((network) => network.subnet?.startsWith(`${base}.`) === true))
  if (free !== undefined) return free
  for (;;) {
    const base = `127.${randomInt(128, 254)}.${randomInt(0, 255)}`
    if (!networks.some((network) => network.subnet?.startsWith(`${base}.`) === true)) return base
  }
}

/** @throws VchError 500 for what the sandbox would otherwise ignore */
function checkNetworkRequest(body: JsonObject): void {
  if (textField(body, 'Name') === '') throw new VchError(500, 'vicnfs sandbox (engine process): a network needs a name')
  const configs = objectField(body, 'IPAM')['Config']
  const isAsked = Array.isArray(configs) && configs.some((one) => Object.keys((one ?? {}) as object).length > 0)
  if (!isAsked) return
  throw new VchError(
    500,
    'vicnfs sandbox (engine process): the addresses of a network cannot be chosen, they are of 127.0.0.0/8',
  )
}

async function create(context: ApiContext, call: ApiCall): Promise<void> {
  const body = await call.body()
  const name = textField(body, 'Name')
  const driver = textField(body, 'Driver') || 'bridge'
  checkNetworkRequest(body)
  const {networks} = context.store.state
  if (driver !== 'bridge') throw new VchError(500, 'cannot create external networks')
  if (networks.some((network) => network.name === name)) throw new VchError(409, `vicnetwork ${name} already exists`)
  const base = freeSubnet(networks)
  const id = randomBytes(32).toString('hex')
  const network: NetworkState = {
    name,
    id,
    driver: 'bridge',
    trust: 'open',
    subnet: `${base}.0/24`,
    gateway: `${base}.1`,
    builtin: false,
  }
  context.store.update((state) => void state.networks.push(network))
  sendJson(call, 201, {Id: id, Warning: ''})
}

function remove(context: ApiContext, call: ApiCall): void {
  const network = needNetwork(context, call.params[0] ?? '')
  if (network.builtin !== false) throw new VchError(500, 'cannot remove builtin scope')
  if (context.store.state.containers.some((record) => record.network === network.name)) {
    throw new VchError(500, `${network.name} has active endpoints`)
  }
  context.store.update(({networks}) => void networks.splice(networks.indexOf(network), 1))
  sendEmpty(call, 204)
}

/** Only a container that does not run can be connected, and it has one network here: joining its own changes nothing. */
async function connect(context: ApiContext, call: ApiCall): Promise<void> {
  const network = needNetwork(context, call.params[0] ?? '')
  const record = context.containers.need(textField(await call.body(), 'Container'))
  if (record.power === 'running')
    throw new VchError(500, `Server error from portlayer: container ${record.id} is in state running`)
  if (record.network !== network.name) {
    throw new VchError(500, 'vicnfs sandbox (engine process): a second network for a container is not emulated')
  }
  sendEmpty(call, 200)
}

export const NETWORK_ROUTES: readonly Route[] = [
  ['GET', /^\/networks$/, list],
  ['POST', /^\/networks\/create$/, create],
  [
    'GET',
    /^\/networks\/([^/]+)$/,
    (context, call) => sendJson(call, 200, networkDocument(context, needNetwork(context, call.params[0] ?? ''))),
  ],
  ['DELETE', /^\/networks\/([^/]+)$/, remove],
  ['POST', /^\/networks\/([^/]+)\/connect$/, connect],
]
