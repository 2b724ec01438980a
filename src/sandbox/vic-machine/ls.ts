import {readCredentials} from './credentials.js'
import {clusterByPath, poolPath, suggestClusters} from './find-vch.js'
import {CommandFailure, flagValue, type Run} from './invocation.js'
import {compareVersions, releaseText} from './releases.js'
import {openSession, type Session} from './session.js'

const FAILURE = 'list failed'

/** `ls`: a table of the VCHs in view; nothing in it tells of an update in progress (facts/vic-machine.md § 1.5). */
export async function listVchs(run: Run): Promise<void> {
  const {narrator} = run
  const credentials = await readCredentials(run)
  refuseRest(run)
  narrator.info('### Listing VCHs ####')
  const session = await openSession(run, credentials, {
    create: 'List',
    validate: 'List',
    failure: FAILURE,
    allDatacenters: true,
  })
  try {
    const cluster = chooseCluster(run, session)
    const vms = await session.vcenter.listVms({signal: run.deadline.signal})
    const rows = vms
      .filter((vm) => vm.isVch && session.datacenters.some(({name}) => name === vm.datacenter))
      .filter((vm) => cluster === undefined || vm.cluster === cluster)
      .map((vm) => [vm.id, poolPath(vm), vm.name, vm.version, upgradeStatus(vm.version, run)])
    narrator.print(`\n${table([['ID', 'PATH', 'NAME', 'VERSION', 'UPGRADE STATUS'], ...rows])}`)
  } finally {
    session.vcenter.close()
  }
}

export function refuseRest(run: Run): void {
  const [stray] = run.flags.rest
  if (stray === undefined) return
  run.narrator.error(`Unknown argument: ${stray}`)
  throw new CommandFailure('invalid CLI arguments')
}

function chooseCluster(run: Run, session: Session): string | undefined {
  const wanted = flagValue(run.flags, 'compute-resource') ?? ''
  if (wanted === '') return undefined
  const {narrator} = run
  narrator.info('Validating compute resource')
  const cluster = clusterByPath(session.datacenters, wanted)
  if (cluster) return cluster.name
  suggestClusters(
    run,
    session.datacenters.flatMap(({clusters}) => clusters),
  )
  narrator.error('--------------------')
  narrator.error(`compute resource '${wanted}' not found`)
  narrator.error('List cannot continue - compute resource validation failed: validation of configuration failed')
  throw new CommandFailure(FAILURE)
}

function upgradeStatus(version: string, run: Run): string {
  const difference = compareVersions(version, releaseText(run.release))
  // A newer VCH is `Up to date` for an older vic-machine of the same build number (ls-older-installer).
  return difference >= 0 ? 'Up to date' : `Upgradeable to ${releaseText(run.release)}`
}

/** Columns at least eight blanks apart; the last one is not padded. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 8))).join('')
  return rows.map((row) => `${line(row)}\n`).join('')
}
