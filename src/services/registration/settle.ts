import type {Work} from '../../engine/work.js'
import type {JournalEntry} from '../../journal/entry.js'
import {sameStores} from '../../model/store-plan.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {parseStoreArgument} from '../../model/volume-store.js'
import type {ChangeEnd} from '../../vic-machine/vic-machine-api.js'
import type {Adapters} from '../adapters.js'
import type {ConsumerVch} from './identify-consumer.js'
import {mend} from './mend.js'
import {closeChange, followChange, runChange, type ChangeData, type ChangeState} from './run-change.js'
import {isAsExpected, lookAtVch, watchVch, type VchSight} from './watch-vch.js'

const CHANGES = new Set(['configure', 'rollback', 'reset-progress'])

/** Consents that bear on a change begun by an earlier run. */
export interface SettleConsents {
  readonly resetProgress: boolean
  readonly noRollback: boolean
}

function dataOf(entry: JournalEntry): ChangeData {
  const data = entry.data as Partial<ChangeData>
  return {
    storesBefore: data.storesBefore ?? [],
    storesAfter: data.storesAfter ?? [],
    addedLabels: data.addedLabels ?? [],
    addedStores: data.addedStores ?? [],
    retryAfterTimeout: data.retryAfterTimeout ?? false,
  }
}

function asArguments(texts: readonly string[]): {argument: string}[] {
  return texts.map((argument) => ({argument}))
}

/** The state that reality shows for a change that nobody has closed; undefined while it is half-done. */
function stateSeen(sight: VchSight, data: ChangeData): ChangeState | undefined {
  if (sight.api !== 'running' || sight.stores === undefined) return undefined
  if (sameStores(sight.stores, asArguments(data.storesAfter))) {
    return data.addedLabels.every((label) => sight.online.includes(label)) ? 'completed' : undefined
  }
  return sameStores(sight.stores, asArguments(data.storesBefore)) ? 'undone' : undefined
}

async function mendEarlier(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {
    entry: JournalEntry
    data: ChangeData
    sight: VchSight
    end: ChangeEnd | undefined
    work: Work
    consents: SettleConsents
  },
): Promise<never> {
  const {entry, data, sight, end, work, consents} = options
  const added = data.addedStores.map(parseStoreArgument)
  const place = {host: added[0]?.host ?? '', path: added[0]?.path ?? '', uid: 0, gid: 0}
  const failed = {
    vch,
    intent: entry.id,
    before: data.storesBefore.map(parseStoreArgument),
    added,
    data,
    place,
    sight,
    ...(end === undefined ? {} : {end}),
  }
  // In a later run a rollback needs the operator's own --reset-progress (DESIGN § 4).
  return mend(adapters, failed, {work, noRollback: consents.noRollback || !consents.resetProgress})
}

async function settleOne(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {entry: JournalEntry; work: Work; consents: SettleConsents},
): Promise<void> {
  const {entry, work} = options
  const data = dataOf(entry)
  const {action} = entry
  const folder = await adapters.journal.privateFolder(entry.id)
  const found = await work.step(
    `settle-${entry.id}`,
    `Settle the ${action} that an earlier run began`,
    async (step) => {
      const run = await vch.access.findChange(folder)
      if (run === undefined) {
        await closeChange(adapters, vch, {intent: entry.id, action, state: 'never-started'})
        step.unchanged('it never started')
        return undefined
      }
      const end = await followChange(run, step)
      const claim = end.claim
      if (action === 'reset-progress' || claim === 'refused') {
        await closeChange(adapters, vch, {
          intent: entry.id,
          action,
          state: claim === 'refused' ? 'refused' : 'completed',
          claim,
        })
        return undefined
      }
      const expected = {stores: data.storesAfter.map(parseStoreArgument), labels: data.addedLabels}
      const place = expected.stores.find((store) => store.label === data.addedLabels[0])
      const sight = await watchVch(adapters, vch, {
        expected,
        step,
        ...(place === undefined ? {} : {place: {host: place.host, path: place.path, uid: 0, gid: 0}}),
      })
      const state = stateSeen(sight, data)
      if (state === undefined) return {sight, end}
      await closeChange(adapters, vch, {intent: entry.id, action, state, claim})
      step.note(state === 'completed' ? 'it had gone through' : 'it had no effect')
      if (state === 'completed' && claim !== 'completed' && !options.consents.resetProgress) {
        work.note(
          'warning',
          `vic-machine still holds "${vch.name}" for in progress: the next configure needs --reset-progress.`,
        )
      }
      return undefined
    },
  )
  if (found !== undefined) await mendEarlier(adapters, vch, {...options, data, ...found})
}

/** The operator's own --reset-progress always runs first, also when nothing else is to do (S7). */
async function resetByOperator(adapters: Adapters, vch: ConsumerVch, work: Work): Promise<void> {
  await work.step('reset-progress', 'Clear the mark of a change in progress, as asked for', async (step) => {
    const change = {kind: 'reset-progress', vch: vch.selector, timeoutMs: adapters.limits.vicMachineTimeoutMs} as const
    const data = {storesBefore: [], storesAfter: [], addedLabels: [], addedStores: [], retryAfterTimeout: false}
    const {intent, end} = await runChange(adapters, vch, {change, data, step})
    await closeChange(adapters, vch, {
      intent,
      action: change.kind,
      state: end.claim === 'completed' ? 'completed' : 'refused',
      claim: end.claim,
    })
  })
}

/**
 * Finds out what became of every change that an earlier run began on this VCH, waiting for a vic-machine that
 * still lives, and mends what is half-done as far as the operator consents.
 * @throws VN-HALF-DONE, VN-STORE-NOT-ONLINE, VN-ROLLED-BACK, VN-VCH-DOWN
 */
export async function settleEarlierChanges(
  adapters: Adapters,
  vch: ConsumerVch,
  options: {readonly work: Work; readonly consents: SettleConsents},
): Promise<void> {
  const {work, consents} = options
  const open = (await adapters.journal.openIntents(vch.keys)).filter((entry) => CHANGES.has(entry.action))
  const living = await Promise.all(
    open.map(async (entry) => vch.access.findChange(await adapters.journal.privateFolder(entry.id))),
  )
  // A reset while a vic-machine of ours still works would pull its own mark from under it.
  for (const run of living) {
    if (run !== undefined)
      await work.step('wait', `Wait for vic-machine (pid ${run.pid}) of an earlier run`, (step) =>
        followChange(run, step),
      )
  }
  if (consents.resetProgress) await resetByOperator(adapters, vch, work)
  for (const entry of open) await settleOne(adapters, vch, {entry, work, consents})
  if (vch.presence === 'up') return
  const sight = await lookAtVch(adapters, vch, work.signal)
  if (isAsExpected(sight, {stores: sight.stores ?? [], labels: []})) return
  throw new VicnfsError(
    'VN-VCH-DOWN',
    `The VCH "${vch.name}" does not answer at ${vch.endpoint}, and no change of ours explains it.`,
    {
      recovery: [
        `Look whether the endpoint VM ${vch.id} is powered on in vSphere.`,
        'If it is, make every NFS store that it lists reachable again: from VIC 1.5.2 on it boots only then.',
      ],
      tries: vch.configuration.stores
        .filter((store) => store.scheme === 'nfs')
        .slice(0, 2)
        .map((store) => {
          const url = store.argument.slice(0, store.argument.lastIndexOf(':'))
          return `vicnfs preflight '${url}' --read-only`
        }),
    },
  )
}
