import {asVicnfsError} from '../phases/apply-state.js'
import {openLane} from '../phases/lanes.js'
import {adaptersOf} from '../ready-consumers.js'
import {recapError} from '../recap.js'
import {leavingOf, listedStore, serversOf, vchsOfStores, type LeavingVch} from '../survey/destroy-survey.js'
import type {VicnfsError} from '../../../model/vicnfs-error.js'
import {withReadyConsumer} from '../../registration/ready-consumer.js'
import {takeRecordsBack} from '../../registration/take-records-back.js'
import {unregisterByRollback} from '../../removal/unregister.js'
import {startParked} from '../../exchange/park-share.js'
import type {ParkedContainer, ServerContainer} from '../../share/find-server.js'
import {shellQuote} from '../../../model/redaction.js'
import {endpointKey, withVchLock} from '../../vch-lock.js'
import {agreed, type Destroying} from './destroy-run.js'

function isParked({survey}: Destroying, share: string): boolean {
  const server = survey.shares.find((each) => each.share.key === share)?.server
  return server !== undefined && 'records' in server
}

/** Takes the stores of the runbook away from one VCH, by one rollback, and its records off the shares. */
async function unregister(
  run: Destroying,
  leaving: LeavingVch,
  servers: readonly (ServerContainer | ParkedContainer)[],
): Promise<void> {
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
              for (const server of servers) if ('records' in server) await startParked(own, server, work)
              const {stores: all} = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
              const listed = stores.flatMap((scoped) => listedStore(all, scoped) ?? [])
              const wish = {...leavingOf(listed, all, servers), again: shellQuote(options.command), work}
              if (listed.length > 0) await unregisterByRollback(own, vch, wish)
              const after = await vch.access.program.inspectConfig(vch.selector, {signal: work.signal})
              // The record of a parked share is on its volume, which nobody serves.
              const served = stores.filter(({share}) => !isParked(run, share.key))
              const gone = served.flatMap((scoped) => listedStore(listed, scoped) ?? [])
              await takeRecordsBack(own, vch, {gone, listed: after.stores, work})
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

/** Un-registers what each VCH lists of the runbook, the last VCH first; one that fails is noted. @throws VN-INTERRUPTED */
export async function unregisterAll(run: Destroying): Promise<void> {
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
        noteVch(run, leaving, {error: run.adapters.commands.error(failure, vchsOfStores(leaving))})
      }
    }
  }
}
