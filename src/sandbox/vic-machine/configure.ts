import {setTimeout as delay} from 'node:timers/promises'
import {readCredentials} from './credentials.js'
import {carryOutConfigure} from './carry-out-configure.js'
import {findVch} from './find-vch.js'
import {EMULATED} from './flags.js'
import {CommandFailure, isSet, type Run} from './invocation.js'
import {refuseRest} from './ls.js'
import {mergeStores, StoreRefusal} from './merge-stores.js'
import {compareVersions, releaseText} from './releases.js'
import {openSession, type Session} from './session.js'
import {parseStoreArgument, storesByLabel, type GivenStore} from './store-argument.js'
import {validateConfiguration} from './validate-configuration.js'

const FAILURE = 'configure failed'
const WORDS = {validate: 'Configuring', failure: FAILURE, allDatacenters: false}

/**
 * `configure` (facts/vic-machine.md § 4): every refusal comes before the flag is set; after it, exit code 0 whatever
 * happens but a time-out (§ 0.1, § 0.5).
 */
export async function configureVch(run: Run): Promise<void> {
  const credentials = await readCredentials(run)
  const given = readStores(run)
  refuseSettings(run)
  refuseRest(run)
  run.narrator.info('### Configuring VCH ####')
  const session = await openSession(run, credentials, {...WORDS, create: run.release.words.validator})
  try {
    await configureIn(run, session, given)
  } finally {
    session.vcenter.close()
  }
}

async function configureIn(run: Run, session: Session, given: ReadonlyMap<string, GivenStore>): Promise<void> {
  const {narrator, deadline} = run
  const {signal} = deadline
  const vch = await findVch(run, session, {failure: FAILURE})
  narrator.info('')
  narrator.info(`VCH ID: VirtualMachine:${vch.id}`)
  if (isSet(run.flags, 'reset-progress')) {
    await session.vcenter.setUpdateInProgress(vch.id, false, {signal})
    narrator.info('Reset UpdateInProgress flag successfully')
    return
  }
  narrator.info(`Creating directory [datastore1] ${vch.name}`)
  narrator.info(`Datastore path is [datastore1] ${vch.name}`)
  if (compareVersions(vch.version, releaseText(run.release)) < 0) {
    narrator.error(`Cannot configure VCH with version ${vch.version}, please upgrade first`)
    throw new CommandFailure(FAILURE)
  }
  const stores = merge(run, vch.guestInfo.stores, given)
  narrator.info('No certificate regeneration requested. No new certificates provided. Certificates left unchanged.')
  await validateConfiguration(run, {session, vch, stores, given})
  // Two calls, as in vic-machine: another configure can pass between them, and then both go on (facts § 0.4).
  const now = await session.vcenter.readVch(vch.id, {signal})
  if (now.guestInfo.updateInProgress === true) {
    narrator.error('Configure failed: another upgrade/configure operation is in progress')
    narrator.error(
      'If no other upgrade/configure process is running, use --reset-progress to reset the VCH upgrade/configure status',
    )
    throw new CommandFailure(FAILURE)
  }
  // The time that the two round trips to vCenter take.
  await delay(now.configureGapMs ?? 0, undefined, {signal})
  await session.vcenter.setUpdateInProgress(vch.id, true, {signal})
  await carryOutConfigure(run, {session, vch, stores})
}

function readStores(run: Run): ReadonlyMap<string, GivenStore> {
  try {
    return storesByLabel((run.flags.values.get('volume-store') ?? []).map(parseStoreArgument))
  } catch (error) {
    throw new CommandFailure((error as Error).message)
  }
}

/** Options that vic-machine has and the sandbox does not carry out are refused: it must not look as if they worked. */
function refuseSettings({flags}: Run): void {
  const ignored = [...flags.given].filter((name) => !EMULATED.has(name))
  if (ignored.length > 0) throw new CommandFailure(`the vicnfs sandbox does not emulate --${ignored.join(', --')}`)
}

function merge(run: Run, existing: Parameters<typeof mergeStores>[0], given: ReadonlyMap<string, GivenStore>) {
  try {
    return mergeStores(existing, given)
  } catch (error) {
    if (!(error instanceof StoreRefusal)) throw error
    const {narrator} = run
    narrator.global('error', error.line)
    narrator.global(
      'info',
      'Please use vic-machine inspect config to find existing\nvolume store settings and supply them along with new volume stores',
    )
    narrator.error('Configuring cannot continue: copying configuration failed')
    throw new CommandFailure(error.message)
  }
}
