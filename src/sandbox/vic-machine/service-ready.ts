import type {VolumeStore} from '../../model/volume-store.js'
import type {GuestReport} from '../endpoint-vm/endpoint-vm-api.js'
import type {VchRecord} from '../vcenter/vcenter-api.js'
import {DeadlineExceeded} from './deadline.js'
import {shuffled, type InfoReply, type Run} from './invocation.js'
import type {Session} from './session.js'
import {traceError, type Stage} from './trace-error.js'

export interface Awaited {
  readonly session: Session
  readonly vch: VchRecord
  /** Stores whose labels are looked for in /info. */
  readonly stores: readonly VolumeStore[]
  readonly stage: Stage
}

/**
 * vic-machine's CheckServiceReady (facts/vic-machine.md § 3.1): address, components, vSphere, Docker API.
 * @throws DeadlineExceeded, or Error when the Docker API answers in a way that is not waited for
 */
export async function checkServiceReady(run: Run, awaited: Awaited): Promise<void> {
  const {narrator} = run
  const {host} = awaited.session.about
  narrator.info('Waiting for IP information')
  const address = await waitForReport(run, awaited, (report) => report.clientAddress !== '')
  let ready = address
  if (address) {
    narrator.info('Waiting for major appliance components to launch')
    ready = await waitForReport(run, awaited, (report) => report.componentsStarted || hasErrors(report))
    sayComponentErrors(run, ready)
  }
  if (!ready) {
    traceError(run, 'vic/pkg/trace.(*Operation).Err', awaited.stage)
    narrator.error(`Unable to get vm config: Post https://${host}/sdk: context deadline exceeded`)
  }
  if (address) narrator.info(`Obtained IP address for client interface: ${JSON.stringify(address.clientAddress)}`)
  narrator.info('Checking VCH connectivity with vSphere target')
  if (ready) {
    narrator.info(`vSphere API Test: https://${host} vSphere API target responds as expected`)
  } else {
    traceError(run, 'vic/pkg/trace.(*Operation).Err', awaited.stage)
    narrator.warn(
      'Could not run VCH vSphere API target check due to Failed to get appliance power state, service might not be available at this moment. but the VCH may still function normally',
    )
  }
  await waitForDockerApi(run, awaited)
}

function hasErrors({componentErrors = {}}: GuestReport): boolean {
  return Object.keys(componentErrors).length > 0
}

/** An error that a component reports is shown and keeps nobody waiting (lifecycle-component-error). */
function sayComponentErrors({narrator, world}: Run, report: GuestReport | undefined): void {
  for (const [name, error] of shuffled(Object.entries(report?.componentErrors ?? {}), world.random)) {
    narrator.error(`  Component did not launch successfully - ${name}: ${error}`)
  }
}

/** @returns undefined when the time limit passed first */
async function waitForReport(
  run: Run,
  {session, vch}: Awaited,
  enough: (report: GuestReport) => boolean,
): Promise<GuestReport | undefined> {
  const {deadline, world} = run
  try {
    for (;;) {
      const report = await session.vcenter.guestReport(vch.id, {signal: deadline.signal})
      if (enough(report)) return report
      await deadline.sleep(world.pollMs)
    }
  } catch (error) {
    if (error instanceof DeadlineExceeded) return undefined
    throw error
  }
}

async function waitForDockerApi(run: Run, awaited: Awaited): Promise<void> {
  const {narrator, deadline, world} = run
  // A limit that passed before the first question shows in the operation, not in the check.
  const where = deadline.expired
    ? 'vic/pkg/trace.(*Operation).Err'
    : 'vic/lib/install/management.(*Dispatcher).CheckDockerAPI'
  try {
    for (;;) {
      const reply = await world.probe(awaited.vch.endpoint, {signal: deadline.signal})
      if (isReady(run, awaited, reply)) return
      await deadline.sleep(world.pollMs)
    }
  } catch (error) {
    if (error instanceof DeadlineExceeded) {
      traceError(run, where, awaited.stage)
      narrator.info('Docker API endpoint check failed: context deadline exceeded')
    }
    throw error
  }
}

function isReady(run: Run, {stores}: Awaited, reply: InfoReply): boolean {
  const {narrator} = run
  switch (reply.kind) {
    case 'retry': {
      return false
    }
    case 'assumed': {
      narrator.warn(reply.warning)
      return true
    }
    case 'broken': {
      const reason = `Docker API endpoint check failed: ${reply.message}`
      narrator.info(reason)
      throw new Error(reason)
    }
    case 'ok': {
      sayOffline(run, stores, reply.onlineStores)
      return reply.running
    }
  }
}

/** The list of online labels was split at blanks, so a label with a blank is never found (facts/vic-machine.md § 2.1). */
function sayOffline(
  {narrator, world, release}: Run,
  stores: readonly VolumeStore[],
  online: readonly string[] | undefined,
): void {
  if (online === undefined) return
  const offline = shuffled(stores, world.random).filter(({label}) => !online.includes(label))
  if (offline.length === 0) return
  if (release.datedLines) sayOfflineAsBefore(narrator, offline)
  else {
    for (const {label} of offline) {
      narrator.error(
        `VolumeStore (${label}) cannot be brought online - check network, nfs server, and --volume-store configurations`,
      )
    }
    narrator.error('Not all configured volume stores are online - check port layer log via vicadmin')
  }
}

/** The words of 1.2.x. */
function sayOfflineAsBefore(narrator: Run['narrator'], offline: readonly VolumeStore[]): void {
  for (const {label} of offline) {
    narrator.warn(
      `VolumeStore (${label}) specified was not able to be established in the portlayer. Please check network and nfs server configurations.`,
    )
  }
  narrator.warn(
    'Some Volume Stores that were specified were not successfully created, Please check the above output for more information. More Information on failed volume store targets can also be found in the portlayer logs found at the vic admin endpoint.',
  )
}
