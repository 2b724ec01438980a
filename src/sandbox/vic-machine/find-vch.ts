import type {Cluster, Datacenter, VchRecord} from '../vcenter/vcenter-api.js'
import {CommandFailure, flagValue, type Run} from './invocation.js'
import type {Session} from './session.js'

/** Name that is taken when neither --name nor --id is given. */
const DEFAULT_NAME = 'virtual-container-host'

/**
 * The VCH that --id, or --name and --compute-resource, stand for (facts/vic-machine.md § 1.3).
 * @param options.suggest `configure` lists the clusters when it cannot choose one
 * @throws CommandFailure
 */
export async function findVch(run: Run, session: Session, options: {readonly failure: string}): Promise<VchRecord> {
  const {flags, narrator} = run
  const name = flagValue(flags, 'name') ?? DEFAULT_NAME
  const fail = (before: readonly string[], reason: string) => {
    for (const line of before) narrator.error(line)
    narrator.error(`Failed to get Virtual Container Host ${name}`)
    narrator.error(reason)
    return new CommandFailure(options.failure)
  }
  const vms = await session.vcenter.listVms({signal: run.deadline.signal})
  const inView = vms.filter((vm) => session.datacenters.some((datacenter) => datacenter.name === vm.datacenter))
  const id = flagValue(flags, 'id') ?? ''
  if (id !== '') {
    const vm = vms.find((candidate) => candidate.id === id)
    if (!vm) throw fail([], `id ${JSON.stringify(id)} could not be found`)
    if (!vm.isVch) throw fail(['Not a VCH'], 'Not a VCH')
    return vm
  }
  const cluster = chooseCluster(run, session.datacenters)
  if (typeof cluster === 'string') throw fail([], cluster)
  const vm = inView.find((candidate) => candidate.name === name && candidate.cluster === cluster.name)
  if (!vm) throw fail(...missing(run, {name, cluster, session}))
  if (!vm.isVch) throw fail(['Not a VCH'], 'Not a VCH')
  return vm
}

/** How a name that is not there is refused: the line before, and the reason. */
function missing(
  {release}: Run,
  {name, cluster, session}: {readonly name: string; readonly cluster: Cluster; readonly session: Session},
): [string[], string] {
  if (!release.poolPerVch) {
    const reason = `Didn't find VM ${JSON.stringify(name)} in resource pool "ResourcePool:${cluster.pool}"`
    return [[reason], reason]
  }
  const datacenter = session.datacenters.find(({clusters}) => clusters.includes(cluster))?.name ?? ''
  const pool = `${poolPath({datacenter, cluster: cluster.name})}/${name}`
  const reason = `resource pool '${pool}' not found`
  return [[`Failed to get VCH resource pool ${JSON.stringify(pool)}: ${reason}`], reason]
}

function chooseCluster(run: Run, datacenters: readonly Datacenter[]): Cluster | string {
  const wanted = flagValue(run.flags, 'compute-resource') ?? ''
  const clusters = datacenters.flatMap((datacenter) => datacenter.clusters)
  const [only] = clusters
  if (wanted === '' && clusters.length === 1 && only) return only
  const found = wanted === '' ? undefined : clusterByPath(datacenters, wanted)
  if (found) return found
  suggestClusters(run, clusters)
  return wanted === ''
    ? 'No unambiguous default compute resource available: --compute-resource must be specified'
    : `compute resource '${wanted}' not found`
}

export function suggestClusters(run: Run, clusters: readonly Cluster[]): void {
  run.narrator.info('Suggested values for --compute-resource:')
  for (const {name} of clusters) run.narrator.info(`  ${JSON.stringify(name)}`)
}

/** A cluster by its name or by an inventory path such as `/DC0/host/DC0_C0/Resources`. */
export function clusterByPath(datacenters: readonly Datacenter[], wanted: string): Cluster | undefined {
  const path = wanted.replace(/\/Resources\/?$/, '')
  for (const datacenter of datacenters) {
    for (const cluster of datacenter.clusters) {
      if (path === cluster.name || path === `/${datacenter.name}/host/${cluster.name}`) return cluster
    }
  }
  return undefined
}

/** Inventory path of the root resource pool that a VCH lies in. */
export function poolPath(vch: Pick<VchRecord, 'datacenter' | 'cluster'>): string {
  return `/${vch.datacenter}/host/${vch.cluster}/Resources`
}
