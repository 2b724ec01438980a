import {readRequest} from '../containers/create-request.js'
import {commandOf} from '../containers/launch-command.js'
import {VchError} from '../containers/vch-error.js'
import type {ContainerRecord} from '../state/sandbox-state.js'
import {queryFlag} from './api-call.js'
import type {ApiContext} from './api-context.js'
import {shownPorts} from './container-inspect.js'
import {hasLabel, readFilters} from './list-filters.js'
import {wordOf} from './vch-info.js'

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** `2 minutes`, `1 hour`: the largest unit only. */
function elapsed(sinceIso: string): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(sinceIso)) / 1000))
  const [name, size] = UNITS.find(([, unit]) => seconds >= unit) ?? ['second', 1]
  const count = Math.floor(seconds / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

function statusText(record: ContainerRecord, word: string): string {
  if (word === 'running') return `Up ${elapsed(record.startedAt)}`
  if (word === 'exited') return `Exited (${record.exitCode}) ${elapsed(record.finishedAt)} ago`
  return word === 'created' ? 'Created' : word
}

function portList(context: ApiContext, record: ContainerRecord): readonly object[] {
  if (record.power !== 'running') return []
  return Object.entries(shownPorts(context, record)).flatMap(([key, bound]) => {
    const [port, type] = key.split('/')
    const shown = bound ?? []
    return shown.map((one) => ({
      IP: one.HostIp,
      PrivatePort: Number(port),
      PublicPort: Number(one.HostPort),
      Type: type,
    }))
  })
}

function summary(context: ApiContext, record: ContainerRecord): object {
  const word = wordOf(context, record)
  const {labels, image} = readRequest(record.request)
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: image,
    ImageID: '',
    Command: commandOf(record).join(' '),
    Created: Math.floor(Date.parse(record.createdAt) / 1000),
    Ports: portList(context, record),
    SizeRw: 0,
    Labels: Object.keys(labels).length === 0 ? null : labels,
    State: word,
    Status: statusText(record, word),
    HostConfig: {},
    NetworkSettings: null,
    Mounts: null,
  }
}

type Matches = (context: ApiContext, record: ContainerRecord, value: string) => boolean

function madeAfter(left: ContainerRecord, right: ContainerRecord): boolean {
  return left.createdAt > right.createdAt
}

/** Filters of a VCH (facts/vch-docker-api.md § 3.6); all labels must match, of the others any value. */
const FILTERS: Readonly<Record<string, Matches>> = {
  label: (_context, record, value) => hasLabel(readRequest(record.request).labels, value),
  name: (_context, record, value) => new RegExp(value).test(record.name) || new RegExp(value).test(`/${record.name}`),
  id: (_context, record, value) => record.id.startsWith(value),
  status: (context, record, value) => wordOf(context, record).toLowerCase() === value.toLowerCase(),
  network: (_context, record, value) => record.network === value,
  volume: (_context, record, value) =>
    record.mounts.some((mount) => mount.volume === value || mount.destination === value),
  exited: (_context, record, value) => record.power === 'exited' && record.exitCode === Number(value),
  before: (context, record, value) => madeAfter(context.containers.need(value), record),
  since: (context, record, value) => madeAfter(record, context.containers.need(value)),
}

/** `GET /containers/json`, newest first. @throws VchError 500 on a filter that a VCH does not have */
export function listContainers(context: ApiContext, query: URLSearchParams): readonly object[] {
  const filters = readFilters(query)
  for (const key of filters.keys()) {
    if (!Object.hasOwn(FILTERS, key)) throw new VchError(500, `filter ${key} is not currently supported by vic`)
  }
  const limit = Number(query.get('limit') ?? 0)
  const everyState = queryFlag(query, 'all') || limit > 0 || ['status', 'exited'].some((key) => filters.has(key))
  const found = [...context.store.state.containers].reverse().filter((record) => {
    if (!everyState && record.power !== 'running') return false
    return [...filters].every(([key, values]) => {
      const matches = (value: string): boolean => FILTERS[key]?.(context, record, value) === true
      return key === 'label' ? values.every(matches) : values.some(matches)
    })
  })
  return (limit > 0 ? found.slice(0, limit) : found).map((record) => summary(context, record))
}
