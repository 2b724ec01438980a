import {objectField, textField, textMapField, type JsonObject} from '../containers/json-fields.js'
import {VchError} from '../containers/vch-error.js'
import {mountpointOf} from '../endpoint-vm/volume-service.js'
import type {VolumeState} from '../state/sandbox-state.js'
import {sendEmpty, sendJson, type ApiCall} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {hasLabel, readFilters} from './list-filters.js'
import type {Route} from './routes.js'

/** One volume whose metadata makes no sense fails the whole list. @throws VchError 500 */
function demandReadable({unreadable}: VolumeState): void {
  if (unreadable !== undefined) throw new VchError(500, `error unmarshalling docker metadata: ${unreadable}`)
}

/** Inspect and list show driver `vsphere` and the creator's options, letter by letter; nothing tells NFS from VMDK. */
function volumeDocument(volume: VolumeState): object {
  return {
    Driver: 'vsphere',
    Labels: volume.labels,
    Mountpoint: mountpointOf(volume.name),
    Name: volume.name,
    Options: volume.options,
    Scope: '',
  }
}

/** What Go's decoder refuses. @throws VchError 500 */
function demandTexts(body: JsonObject, field: string): void {
  for (const value of Object.values(objectField(body, field))) {
    if (typeof value === 'string') continue
    const kind = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value
    throw new VchError(500, `json: cannot unmarshal ${kind} into Go value of type string`)
  }
}

async function create(context: ApiContext, call: ApiCall): Promise<void> {
  const body = await call.body()
  demandTexts(body, 'DriverOpts')
  demandTexts(body, 'Labels')
  const labels = textMapField(body, 'Labels')
  const request = {
    name: textField(body, 'Name'),
    driver: textField(body, 'Driver'),
    options: textMapField(body, 'DriverOpts'),
    labels,
  }
  const volume = await context.volumes.create(request)
  sendJson(call, 201, {
    Driver: request.driver,
    Labels: labels,
    Mountpoint: mountpointOf(volume.name),
    Name: volume.name,
    Options: null,
    Scope: '',
  })
}

const FILTERS = ['dangling', 'name', 'driver', 'label']

function isDangling(context: ApiContext, volume: VolumeState): boolean {
  return !context.store.state.containers.some((record) => record.mounts.some((mount) => mount.volume === volume.name))
}

function danglingWish(values: readonly string[] | undefined): boolean | undefined {
  if (values === undefined) return undefined
  const [value = ''] = values
  if (['true', '1'].includes(value)) return true
  if (['false', '0'].includes(value)) return false
  throw new VchError(500, `Invalid filter 'dangling=[${value}]'`)
}

function list(context: ApiContext, call: ApiCall): void {
  const filters = readFilters(call.query)
  for (const key of filters.keys()) if (!FILTERS.includes(key)) throw new VchError(500, `Invalid filter '${key}'`)
  const dangling = danglingWish(filters.get('dangling'))
  const found = context.volumes.list().filter((volume) => {
    demandReadable(volume)
    if (dangling !== undefined && isDangling(context, volume) !== dangling) return false
    if (filters.get('name')?.some((part) => volume.name.includes(part)) === false) return false
    if (filters.get('driver')?.includes('vsphere') === false) return false
    return filters.get('label')?.every((label) => hasLabel(volume.labels, label)) !== false
  })
  sendJson(call, 200, {Volumes: found.length === 0 ? null : found.map(volumeDocument), Warnings: null})
}

function inspect(context: ApiContext, call: ApiCall): void {
  const [name = ''] = call.params
  const volume = context.volumes.find(name)
  if (volume === undefined) throw new VchError(404, `No such volume: ${name}`)
  demandReadable(volume)
  sendJson(call, 200, volumeDocument(volume))
}

async function remove(context: ApiContext, call: ApiCall): Promise<void> {
  await context.volumes.remove(call.params[0] ?? '')
  sendEmpty(call, 204)
}

export const VOLUME_ROUTES: readonly Route[] = [
  ['POST', /^\/volumes\/create$/, create],
  ['GET', /^\/volumes$/, list],
  ['GET', /^\/volumes\/([^/]+)$/, inspect],
  ['DELETE', /^\/volumes\/([^/]+)$/, remove],
]
