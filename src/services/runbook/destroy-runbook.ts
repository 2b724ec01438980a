import {runWork, type Work} from '../../engine/work.js'
import type {ServiceOptions} from '../adapters.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {openChanges, type SettleConsents} from '../registration/settle.js'
import {endpointKey, withVchLock} from '../vch-lock.js'
import type {Destroying, DestroyOptions} from './destroy/destroy-run.js'
import {takeAllDown} from './destroy/take-all-down.js'
import {unregisterAll} from './destroy/unregister-all.js'
import {adaptersOf, identifyConsumers} from './ready-consumers.js'
import {countEntries, type RunbookRecap, type ShareEntry, type StoreEntry, type VchEntry} from './recap.js'
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
  const startedMs = performance.now()
  const {runbook, consents, keepGoing} = options
  const scope = scopeOf(runbook, options.scope)
  return runWork(async (work) => {
    await settleOpen(adapters, scope, {work, consents})
    const consumers = await identifyConsumers(adapters, scope, work)
    const survey = await surveyDestroy(adapters, scope, {consumers, work})
    const refused = [
      ...survey.vchs.flatMap(({key, error}) => (error === undefined ? [] : [{what: `VCH ${key}`, error}])),
      ...survey.shares.flatMap(({share, error}) => (error === undefined ? [] : [{what: `share ${share.key}`, error}])),
    ]
    if (!keepGoing) refuseAll(refused)
    await askConsent(adapters, survey, runbook.file)
    const onEvent = serviceOptions.onEvent ?? (() => undefined)
    const lists = {vchs: new Map<string, VchEntry>(), stores: [] as StoreEntry[], shares: [] as ShareEntry[]}
    const run: Destroying = {adapters, scope, survey, options, work, onEvent, ...lists}
    await unregisterAll(run)
    await takeAllDown(run)
    const entries = {shares: run.shares, stores: run.stores, vchs: [...run.vchs.values()]}
    return {runbook: runbook.file, ...entries, steps: [], counts: countEntries(entries, performance.now() - startedMs)}
  }, serviceOptions)
}
