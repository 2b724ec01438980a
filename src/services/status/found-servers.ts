import {parseRecordedConsumers, type RecordedConsumer} from '../../model/consumer-record.js'
import {LABELS, readShareLabels, ROLE_PARKED, type ShareChoice, type ShareRequest} from '../../model/share.js'
import type {ContainerSummary, VchContainer} from '../../vch/vch-api.js'
import {reachableAddress} from '../share/find-server.js'
import type {DockerSight} from './docker-sight.js'
import {someAtATime} from './some-at-a-time.js'

/** A server container of ours, serving or parked, as its labels tell it. */
export interface LabelledServer {
  readonly request: ShareRequest
  readonly choice: ShareChoice
  readonly parked: boolean
  /** Records that a parked server carries as a label; null where they cannot be understood, or on the share itself. */
  readonly records: readonly RecordedConsumer[] | null
  /** Where clients reach it, or where it was asked to be. */
  readonly host: string
}

/** One that was inspected. */
export interface FoundServer extends LabelledServer {
  readonly container: VchContainer
  /** Where clients reach it; empty while that is not known. */
  readonly address: string
}

function readLabels({labels}: ContainerSummary): LabelledServer | undefined {
  const asParked = readShareLabels(labels, ROLE_PARKED)
  const read = asParked ?? readShareLabels(labels)
  if (read === undefined) return undefined
  const records = asParked === undefined ? null : (parseRecordedConsumers(labels[LABELS.records]) ?? null)
  return {...read, parked: asParked !== undefined, records, host: read.choice.address ?? ''}
}

/**
 * The server containers of ours among the containers of a VCH; only these are inspected.
 * @param options.names shares that are asked for; all without
 * @returns those asked for, and what the labels of the others say
 */
export async function findServers(
  sight: DockerSight,
  options: {readonly names: readonly string[]; readonly signal: AbortSignal},
): Promise<{readonly wanted: FoundServer[]; readonly others: LabelledServer[]}> {
  const {names, signal} = options
  const ours = sight.containers.flatMap((summary) => {
    const read = readLabels(summary)
    return read === undefined ? [] : [{summary, read}]
  })
  const isWanted = ({read}: {readonly read: LabelledServer}): boolean =>
    names.length === 0 || names.includes(read.request.name)
  const found = await someAtATime(ours.filter(isWanted), async ({summary, read}): Promise<FoundServer | undefined> => {
    const container = await sight.api.inspectContainer(summary.id, {signal})
    if (container === undefined) return undefined
    const address = reachableAddress(container, read.choice)
    return {...read, container, address, host: address || read.host}
  })
  const others = ours.filter((each) => !isWanted(each)).map(({read}) => read)
  return {wanted: found.filter((server) => server !== undefined), others}
}
