import type {VolumeStore} from '../../model/volume-store.js'
import type {VchRecord} from '../vcenter/vcenter-api.js'
import {portGroup} from './describe-vch.js'
import {DeadlineExceeded} from './deadline.js'
import {CommandFailure, flagValue, type Run} from './invocation.js'
import type {Session} from './session.js'
import type {GivenStore} from './store-argument.js'

export interface Candidate {
  readonly session: Session
  readonly vch: VchRecord
  readonly stores: readonly VolumeStore[]
  readonly given: ReadonlyMap<string, GivenStore>
}

/**
 * vic-machine's validation as far as volume stores go (facts/vic-machine.md § 2.3), and the lines of the checks that
 * always pass here. NFS hosts are neither looked up nor asked.
 * @throws CommandFailure
 */
export async function validateConfiguration(run: Run, candidate: Candidate): Promise<void> {
  const {narrator} = run
  narrator.info('Validating supplied configuration')
  const issues = [
    ...(await operationsIssues(run, candidate.session)),
    ...candidate.stores.flatMap((store) => storeIssue(run, candidate, store) ?? []),
  ]
  sayPassedChecks(run, candidate.vch)
  if (issues.length === 0) return
  narrator.error('--------------------')
  for (const issue of issues) narrator.error(issue)
  narrator.error('Configuring cannot continue: configuration validation failed')
  throw new CommandFailure('validation of configuration failed')
}

/** configure logs in once as the operations user of the VCH, here one that was given (facts/vic-machine.md § 1.2). */
async function operationsIssues({flags, deadline}: Run, {vcenter}: Session): Promise<string[]> {
  const [user, password] = [flagValue(flags, 'ops-user'), flagValue(flags, 'ops-password')]
  if (user === undefined) return []
  try {
    await vcenter.login(user, password ?? '', {signal: deadline.signal})
    return []
  } catch (error) {
    if (error instanceof DeadlineExceeded) throw error
    return [`Failed to validate operations credentials: ${(error as Error).message}`]
  }
}

function storeIssue(run: Run, {session, given}: Candidate, store: VolumeStore): string | undefined {
  const target = given.get(store.label)?.target ?? store.argument
  if (store.scheme === 'nfs') {
    if (store.host === '') {
      return `volume store target (${target}) is missing the host field. format: <nfs://<user>:<password>@<host>/<share point path>:label`
    }
    if (store.path === '') {
      return `volume store target (${target}) is missing the path field. format: <nfs://<host>/<share point path>?<mount options as query vars>:label`
    }
    return undefined
  }
  const {datastores} = session.inventory
  if (datastores.includes(store.host)) return undefined
  run.narrator.info(`Suggesting valid values for --volume-store based on ${JSON.stringify(`${target}:${store.label}`)}`)
  run.narrator.info('Suggested values for --volume-store:')
  for (const name of datastores) run.narrator.info(`  ${JSON.stringify(`${name}:${store.label}`)}`)
  return `datastore '${store.host}' not found`
}

function sayPassedChecks({narrator, release}: Run, vch: VchRecord): void {
  const bridge = vch.networks.find((network) => network.driver === 'bridge')
  const cluster = `/${vch.datacenter}/host/${vch.cluster}`
  const hosts = vch.hosts.map((host) => `${cluster}/${host}`)
  if (bridge) narrator.info(`${release.words.networkCheck} OK on ${JSON.stringify(portGroup(bridge))}`)
  const sayVCenterCheck = () => release.checksVCenter && narrator.info('vCenter settings check OK')
  sayVCenterCheck()
  narrator.info('Firewall configuration OK on hosts:')
  for (const host of hosts) narrator.info(`\t${JSON.stringify(host)}`)
  sayVCenterCheck()
  narrator.info('License check OK on hosts:')
  for (const host of hosts) narrator.info(`  ${JSON.stringify(host)}`)
  narrator.info('DRS check OK on:')
  narrator.info(`  ${JSON.stringify(cluster)}`)
}
