import type {Work} from '../../engine/work.js'
import {isVicnfsError} from '../../model/vicnfs-error.js'
import type {ServiceOptions} from '../adapters.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {openChanges, type SettleConsents} from '../registration/settle.js'
import {endpointKey, withVchLock} from '../vch-lock.js'
import type {Destroying, DestroyOptions} from './destroy/destroy-run.js'
import {takeAllDown} from './destroy/take-all-down.js'
import {unregisterAll} from './destroy/unregister-all.js'
import {adaptersOf, identifyConsumers} from './ready-consumers.js'
import {type RunbookRecap, type ShareEntry, type StoreEntry, type VchEntry} from './recap.js'
import {interruptedWith, recapped, type RecapParts} from './recapped.js'
import {refuseAll} from './refuse-all.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {scopeOf, type Scope} from './scope.js'
import {surveyDestroy, type DestroySurvey} from './survey/destroy-survey.js'

/** Changes of earlier runs are settled first: what is seen in the middle of one says nothing. */
async function settleOpen(adapters: RunbookAdapters, scope: Scope, options: {work: Work; consents: SettleConsents}) {
  const {work, consents} = options
  for (const {key} of scope.consumers) {
    const own = adaptersOf(adapters, scope, key)
    const endpoint = endpointKey(own.consumer.endpoint)
    if (!consents.resetProgress && (await openChanges(own.journal, [endpoint])).length === 0) continue
    await withVchLock(own, [endpoint], {
      work,
      body: (held) => withReadyConsumer(own, consents, {work, held, body: () => Promise.resolve()}),
    })
  }
}

async function askConsent(adapters: RunbookAdapters, {shares, vchs}: DestroySurvey, file: string): Promise<void> {
  const leaving = vchs.filter(({listed, error}) => listed.length > 0 && error === undefined)
  const servers = shares.filter(({server, error}) => server !== undefined && error === undefined)
  if (leaving.length + servers.length === 0) return
  await adapters.confirm({
    text: `Take down what ${file} has made?`,
    consequences: [
      ...leaving.map(
        ({key, listed}) => `"${key}" is rolled back and restarts, without ${listed.map(({label}) => label).join(', ')}`,
      ),
      ...(leaving.length === 0
        ? []
        : ['other changes made to these VCHs since, which vic-machine does not show, may be undone too']),
      ...(servers.length === 0
        ? []
        : [`server containers are removed: ${servers.map(({share}) => share.key).join(', ')}`]),
      'the data stays on the volumes',
    ],
    flag: 'yes',
  })
}

/** What has become of each part; what the run did not come to is told, too. */
function partsOf({scope, survey, ...run}: Destroying): RecapParts {
  const notReached = {outcome: 'not-reached'} as const
  const shares = survey.shares
    .filter(({share}) => run.shares.every(({key}) => key !== share.key))
    .map(({share: {key, vch}}) => ({key, vch, ...notReached}))
  const left = scope.consumers.filter(({key}) => !run.vchs.has(key))
  const stores = left.flatMap(({key, stores: all}) =>
    all.map(({share, store}) => ({label: store.label, vch: key, share: share.key, ...notReached})),
  )
  return {
    runbook: scope.runbook.file,
    shares: [...run.shares, ...shares],
    stores: [...run.stores, ...stores],
    vchs: [...run.vchs.values(), ...left.map(({key}) => ({key, powerCycles: 0, ...notReached}))],
    steps: [],
  }
}

/**
 * Takes down what a runbook has made, in reverse order: stores un-registered by one rollback a VCH, where teardown's
 * rules offer it, then server containers. Data is never deleted (S1), and no server goes that a VCH lists (S4).
 * @throws VN-RUNBOOK-REFUSED before anything is changed, VN-CONSENT-MISSING, VN-INTERRUPTED
 */
export async function destroyRunbook(
  options: DestroyOptions,
  adapters: RunbookAdapters,
  serviceOptions: ServiceOptions,
): Promise<RunbookRecap> {
  const {runbook, consents, keepGoing} = options
  const scope = scopeOf(runbook, options.scope)
  return recapped(async ({work, onEvent, recap}) => {
    await settleOpen(adapters, scope, {work, consents})
    const consumers = await identifyConsumers(adapters, scope, work)
    const survey = await surveyDestroy(adapters, scope, {consumers, work})
    const refused = [
      ...survey.vchs.flatMap(({key, error}) => (error === undefined ? [] : [{what: `VCH ${key}`, error}])),
      ...survey.shares.flatMap(({share, error}) => (error === undefined ? [] : [{what: `share ${share.key}`, error}])),
    ]
    if (!keepGoing) refuseAll(refused)
    await askConsent(adapters, survey, runbook.file)
    const lists = {vchs: new Map<string, VchEntry>(), stores: [] as StoreEntry[], shares: [] as ShareEntry[]}
    const run: Destroying = {adapters, scope, survey, options, work, onEvent, ...lists}
    try {
      await unregisterAll(run)
      await takeAllDown(run)
    } catch (error) {
      throw isVicnfsError(error) ? interruptedWith(error, recap(partsOf(run))) : error
    }
    return recap(partsOf(run))
  }, serviceOptions)
}
