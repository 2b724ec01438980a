import {parseConsumerRecord, type ConsumerRecord} from '../../model/consumer-record.js'
import {LABELS, readShareLabels, ROLE_SERVER, type ShareChoice, type ShareRequest} from '../../model/share.js'
import type {ContainerSummary, VchContainer} from '../../vch/vch-api.js'
import {reachableAddress} from '../share/find-server.js'
import type {DockerSight} from './docker-sight.js'
import {someAtATime} from './some-at-a-time.js'

/** Role of the empty server that stands in for one that was parked, and where it keeps the records of its share. */
const ROLE_PARKED = 'parked'
const RECORDS_LABEL = 'vicnfs.records'

export interface FoundRecordIn {
  readonly folder: string
  readonly record: ConsumerRecord
}

/** A server container of ours, serving or parked. */
export interface FoundServer {
  readonly container: VchContainer
  readonly request: ShareRequest
  readonly choice: ShareChoice
  readonly parked: boolean
  /** Records that a parked server carries as labels. */
  readonly records: readonly FoundRecordIn[]
  /** Where clients reach it; empty while that is not known. */
  readonly address: string
  /** The same, or else where it was asked to be. */
  readonly host: string
}

function labelledRecords(text: string | undefined): FoundRecordIn[] {
  if (text === undefined) return []
  try {
    const listed = JSON.parse(text) as unknown
    if (!Array.isArray(listed)) return []
    return (listed as {folder?: unknown; record?: unknown}[]).flatMap(({folder, record}) => {
      const read = parseConsumerRecord(JSON.stringify(record))
      return typeof folder === 'string' && read !== undefined ? [{folder, record: read}] : []
    })
  } catch {
    return []
  }
}

function readLabels({labels}: ContainerSummary): Omit<FoundServer, 'container' | 'address' | 'host'> | undefined {
  const isParked = labels[LABELS.role] === ROLE_PARKED
  const read = readShareLabels(isParked ? {...labels, [LABELS.role]: ROLE_SERVER} : labels)
  if (read === undefined) return undefined
  return {...read, parked: isParked, records: isParked ? labelledRecords(labels[RECORDS_LABEL]) : []}
}

/** The server containers of ours among the containers of a VCH; only these are inspected. */
export async function findServers(sight: DockerSight, options: {readonly signal: AbortSignal}): Promise<FoundServer[]> {
  const {signal} = options
  const ours = sight.containers.flatMap((summary) => {
    const read = readLabels(summary)
    return read === undefined ? [] : [{summary, read}]
  })
  const found = await someAtATime(ours, async ({summary, read}): Promise<FoundServer | undefined> => {
    const container = await sight.api.inspectContainer(summary.id, {signal})
    if (container === undefined) return undefined
    const address = reachableAddress(container, read.choice)
    return {...read, container, address, host: address || (read.choice.address ?? '')}
  })
  return found.filter((server) => server !== undefined)
}
