import {runWork, type Work} from '../../engine/work.js'
import type {OnEvent} from '../../model/event.js'
import {shareUrl} from '../../model/share.js'
import type {VicnfsError} from '../../model/vicnfs-error.js'
import type {Runbook} from '../../runbook/runbook.js'
import type {Adapters, ServiceOptions} from '../adapters.js'
import {withReadyConsumer} from '../registration/ready-consumer.js'
import {openChanges, type SettleConsents} from '../registration/settle.js'
import {takeRecordsBack} from '../registration/take-records-back.js'
import {unregisterByRollback} from '../removal/unregister.js'
import {addressOf, type ServerContainer} from '../share/find-server.js'
import {teardownShare} from '../teardown-share.js'
import {endpointKey, withVchLock} from '../vch-lock.js'
import {asVicnfsError} from './phases/apply-state.js'
import {
  leavingOf,
  listedStore,
  serversOf,
  surveyDestroy,
  type DestroySurvey,
  type LeavingVch,
} from './survey/destroy-survey.js'
import {openLane} from './phases/lanes.js'
import {adaptersOf, identifyConsumers} from './ready-consumers.js'
import {refuseAll} from './refuse-all.js'
import {countEntries, recapError, type RunbookRecap, type ShareEntry, type StoreEntry, type VchEntry} from './recap.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import {scopeOf, type Scope, type ScopeWish} from './scope.js'

export interface DestroyOptions {
  readonly runbook: Runbook
  readonly scope: ScopeWish
  readonly consents: SettleConsents
  /** What can be taken down is, also where something else is refused. */
  readonly keepGoing: boolean
}

interface Destroying {
  readonly adapters: RunbookAdapters
  readonly scope: Scope
  readonly survey: DestroySurvey
  readonly options: DestroyOptions
  readonly work: Work
  readonly onEvent: OnEvent
  readonly vchs: Map<string, VchEntry>
  readonly stores: StoreEntry[]
  readonly shares: ShareEntry[]
}

/** The operator was asked once, for everything. */
function agreed(adapters: Adapters): Adapters {
  return {...adapters, confirm: () => Promise.resolve()}
}

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

/** Takes the stores of the runbook away from one VCH, by one rollback, and its records off the shares. */
async function unregister(run: Destroying, leaving: LeavingVch, servers: readonly ServerContainer[]): Promise<void> {
  const {adapters, scope, options, work: whole} = run
  const {key, stores} = leaving
  const id = `stores/${key}`
  const own = agreed(adaptersOf(adapters, scope, key))
  const locks = stores.map(({share}) => endpointKey(adapters.one(share.vch).server.endpoint))
  await whole.step(id, `Un-register ${leaving.listed.length} store(s) from "${key}"`, async (step) => {
    const lane = {key, id, shown: new Set(['unregister'])}
    const {work} = openLane(lane, {signal: step.signal, onEvent: run.onEvent})
    await withVchLock(own, [...locks, endpointKey(own.consumer.endpoint)], {
      work,
      body: (held) =>
        withReadyConsumer(
          own,
          {...options.consents, resetProgress: false},
          {
            work,
            held,
            body: async (vch) => {
              const {stores: all} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
              const listed = stores.flatMap((scoped) => listedStore(all, scoped) ?? [])
              if (listed.length > 0) await unregisterByRollback(own, vch, {...leavingOf(listed, all, servers), work})
              const after = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
              await takeRecordsBack(own, vch, {gone: listed, listed: after.stores, work})
            },
          },
        ),
    })
    step.note('by one rollback')
  })
}

function noteVch(
  run: Destroying,
  leaving: LeavingVch,
  end: {outcome: 'done' | 'unchanged'} | {error: VicnfsError},
): void {
  const {key, stores, listed, vch} = leaving
  const name = vch === undefined ? {} : {name: vch.name}
  const error = 'error' in end ? recapError(end.error) : undefined
  const isRefused = leaving.error !== undefined
  const failed = isRefused ? ('refused' as const) : ('failed' as const)
  const done = 'outcome' in end && end.outcome === 'done'
  run.vchs.set(key, {
    key,
    ...name,
    outcome: error === undefined ? (done ? 'changed' : 'unchanged') : failed,
    powerCycles: done ? 1 : 0,
    ...(error === undefined ? {} : {error}),
  })
  for (const {store, share} of stores) {
    const wasListed = listed.some(({label}) => label === store.label)
    const outcome =
      error !== undefined && (wasListed || isRefused) ? failed : done && wasListed ? 'un-registered' : 'unchanged'
    const told = error === undefined || outcome === 'unchanged' ? {} : {error}
    run.stores.push({label: store.label, vch: key, share: share.key, outcome, ...told})
  }
}

async function unregisterAll(run: Destroying): Promise<void> {
  for (const leaving of [...run.survey.vchs].reverse()) {
    const {stores, listed, error} = leaving
    const servers = serversOf(run.survey.shares, stores)
    if (error !== undefined) noteVch(run, leaving, {error})
    else if (listed.length === 0 || servers.length === 0) noteVch(run, leaving, {outcome: 'unchanged'})
    else {
      try {
        await unregister(run, leaving, servers)
        noteVch(run, leaving, {outcome: 'done'})
      } catch (thrown) {
        const failure = asVicnfsError(thrown)
        if (failure.kind === 'interrupted') throw failure
        noteVch(run, leaving, {error: failure})
      }
    }
  }
}

function urlOf(server: ServerContainer): string {
  const {exportFolder: path, uid, gid} = server.request
  return shareUrl({host: addressOf(server), path, uid, gid})
}

async function takeDown(run: Destroying, index: number): Promise<ShareEntry> {
  const {adapters, scope, survey, options, work} = run
  const {share, server, error} = survey.shares[index] as DestroySurvey['shares'][number]
  const {key, vch} = share
  const at = server === undefined ? {} : {url: urlOf(server)}
  if (error !== undefined) return {key, vch, outcome: 'refused', error: recapError(error)}
  const users = run.survey.vchs.filter(({stores}) => stores.some((each) => each.share.key === key))
  const stuck = users.find((each) => ['failed', 'refused'].includes(run.vchs.get(each.key)?.outcome ?? ''))
  if (stuck !== undefined) return {key, vch, outcome: 'not-reached', ...at}
  if (server === undefined) return {key, vch, outcome: 'unchanged'}
  const id = `share/${key}`
  const consumer = scope.consumers.find(({stores}) => stores.some((each) => each.share.key === key))?.key ?? vch
  return work.step(id, `Take "${key}" down`, async (step) => {
    const own = agreed(adapters.pair(vch, consumer))
    const consents = {...options.consents, resetProgress: false}
    const wish = {target: {volume: share.volume.name}, consents, deleteVolume: false}
    const lane = openLane({key, id}, {signal: step.signal, onEvent: run.onEvent})
    const onEvent: OnEvent = (event) => {
      if (event.type === 'step.started') step.progress(`${key}: ${event.title}`)
      else if (event.type === 'note') lane.work.note(event.level, event.text)
    }
    const {outcome} = await teardownShare(wish, own, {signal: step.signal, onEvent})
    step.note('its data is kept')
    return {key, vch, outcome: outcome === 'removed' ? 'removed' : 'unchanged', ...at}
  })
}

async function takeAllDown(run: Destroying): Promise<void> {
  for (let index = run.survey.shares.length - 1; index >= 0; index -= 1) {
    try {
      run.shares.push(await takeDown(run, index))
    } catch (thrown) {
      const error = asVicnfsError(thrown)
      if (error.kind === 'interrupted') throw error
      const {key, vch} = (run.survey.shares[index] as DestroySurvey['shares'][number]).share
      run.shares.push({key, vch, outcome: error.kind === 'refused' ? 'refused' : 'failed', error: recapError(error)})
    }
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
