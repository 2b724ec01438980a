import path from 'node:path'

import {redactArgv, shellQuote} from '../../model/redaction.js'
import {
  PLAN_KIND,
  type PlannedShare,
  type PlannedStep,
  type PlannedStore,
  type PlannedVch,
  type PlanRefusal,
  type RunbookPlan,
} from '../../model/runbook-plan.js'
import {shareUrl} from '../../model/share.js'
import type {VicnfsError} from '../../model/vicnfs-error.js'
import {storeUrl} from '../../model/volume-store.js'
import type {RunbookStep} from '../../runbook/runbook.js'
import type {Adapters} from '../adapters.js'
import {exposeCommand} from '../share/expose-command.js'
import {addressOf} from '../share/find-server.js'
import {hashRunbook} from './file/hash-runbook.js'
import type {PlanSeal} from './file/plan-seal.js'
import {phaseId} from './phases/open-phases.js'
import type {RunbookAdapters} from './runbook-adapters.js'
import type {Scope} from './scope.js'
import type {Survey} from './survey/survey.js'
import type {SurveyedShare} from './survey/survey-shares.js'
import type {SurveyedConsumer, SurveyedStore} from './survey/survey-stores.js'

function whatBecomes({share, draft, volume, exchange, error}: SurveyedShare): Pick<PlannedShare, 'mark' | 'what'> {
  if (error !== undefined) return {mark: 'refused', what: error.message}
  if (exchange !== undefined) return {mark: 'change', what: exchange.what}
  const server = draft?.server
  if (server === undefined) {
    const made = share.request.scratch || volume !== undefined ? '' : 'make the volume, '
    return {mark: 'add', what: `${made}start a server container`}
  }
  if (server.container.state === 'running') return {mark: 'keep', what: `served by ${server.container.name}`}
  return {mark: 'change', what: `start ${server.container.name}, which is ${server.container.rawState}`}
}

function plannedShare(surveyed: SurveyedShare): PlannedShare {
  const {share, draft, volume, noted = null, place, exchange} = surveyed
  const server = exchange?.standing ?? draft?.server
  const address = server === undefined ? '' : addressOf(server)
  return {
    key: share.key,
    vch: share.vch,
    volume: share.volume.name,
    ...whatBecomes(surveyed),
    ...(exchange === undefined ? {} : {exchange: exchange.kind}),
    ...(place.host === '' ? {} : {url: shareUrl(place)}),
    command: `${exposeCommand(share.request)}${exchange?.kind === 'recreate' ? ' --recreate' : ''}`,
    seen: {
      volume: volume === undefined ? null : {store: volume.store ?? null, capacityMb: volume.capacityMb ?? null},
      noted,
      server:
        server === undefined
          ? null
          : {id: server.container.id, running: server.container.state === 'running', address: address || place.host},
    },
  }
}

function plannedStore({label, share, store, isAdded, error}: SurveyedStore): PlannedStore {
  const url = store === undefined || share.place.host === '' ? '' : storeUrl(store)
  const base = {label, share: share.share.key, url}
  if (error !== undefined) return {...base, mark: 'refused', reason: error.message}
  return {...base, mark: isAdded ? 'add' : 'keep'}
}

/** VIC takes a changed uid or gid without a word and does not heed it: that is shown as such, and refused all the same. */
function withIgnored(stores: readonly PlannedStore[], {plan}: SurveyedConsumer): PlannedStore[] {
  const ignored = new Map(plan?.lines.filter(({kind}) => kind === 'ignored').map((line) => [line.store.label, line]))
  return stores.map((store) => {
    const line = ignored.get(store.label)
    return line === undefined ? store : {...store, mark: 'ignored', reason: line.reason ?? ''}
  })
}

function plannedVch(consumer: SurveyedConsumer, adapters: Adapters): PlannedVch {
  const {key, vch, stores, existing, plan, error} = consumer
  const own = stores.map(plannedStore)
  const named = new Set(stores.map(({label}) => label))
  const others = existing
    .filter(({label}) => !named.has(label))
    .map((store): PlannedStore => ({label: store.label, mark: 'keep', url: storeUrl(store)}))
  if (vch === undefined || plan === undefined) {
    const reason = error?.message ?? ''
    return {key, stores: own.map((store) => ({...store, mark: 'refused', reason})), powerCycles: 0}
  }
  const {vicMachineTimeoutMs: timeoutMs} = adapters.limits
  const change = {kind: 'configure', vch: vch.selector, stores: plan.stores, timeoutMs} as const
  const isChanged = plan.added.length > 0
  return {
    key,
    name: vch.name,
    id: vch.id,
    stores: [...others, ...withIgnored(own, consumer)],
    ...(isChanged ? {command: vch.access.program.commandLine(change)} : {}),
    powerCycles: isChanged ? 1 : 0,
    seen: existing.map(({argument}) => argument).sort(),
  }
}

function refusal(error: VicnfsError, about: Pick<PlanRefusal, 'about' | 'name' | 'vch'>): PlanRefusal {
  const {code, message, reason, tries, recovery, exitCode} = error
  return {...about, code, message, reason, tries, recovery, exitCode}
}

function refusalsOf({shares, consumers}: Survey): PlanRefusal[] {
  const ofShares = shares.flatMap(({share, error}) =>
    error === undefined ? [] : [refusal(error, {about: 'share', name: share.key})],
  )
  const ofVchs = consumers.flatMap(({key, error}) =>
    error === undefined ? [] : [refusal(error, {about: 'vch', name: key})],
  )
  const ofStores = consumers.flatMap(({key, stores}) =>
    stores.flatMap(({label, share, error}) =>
      // A store whose share is refused is told by the refusal of the share.
      error === undefined || share.error !== undefined ? [] : [refusal(error, {about: 'store', name: label, vch: key})],
    ),
  )
  return [...ofShares, ...ofVchs, ...ofStores]
}

/** A step's command without secrets: its own, and the passwords of VCHs. */
export function stepCommand(
  {run, secrets}: Pick<RunbookStep, 'run' | 'secrets'>,
  passwords: readonly string[],
): string {
  return shellQuote(redactArgv(run, [...secrets, ...passwords]))
}

function plannedStep(
  step: RunbookStep,
  options: {
    readonly hasWork: (step: RunbookStep) => boolean
    readonly passwords: readonly string[]
    readonly seal?: PlanSeal | undefined
  },
): PlannedStep {
  const {hasWork, passwords} = options
  const seal = options.seal?.of(step)
  const {name, when, phase, vch, runs} = step
  return {
    name,
    when,
    phase,
    ...(vch === undefined ? {} : {vch}),
    command: stepCommand(step, passwords),
    ...(seal === undefined ? {} : {seal}),
    runs: runs === 'always' || hasWork(step),
  }
}

/**
 * The plan as a document: what was seen, what would become of it, and everything that speaks against it.
 * @param options.seal for a plan that is saved, or compared with one that was
 */
export function planOf(
  scope: Scope,
  survey: Survey,
  {adapters, seal}: {readonly adapters: RunbookAdapters; readonly seal?: PlanSeal | undefined},
): RunbookPlan {
  const {runbook, wish} = scope
  const shares = survey.shares.map(plannedShare)
  const vchs = survey.consumers.map((consumer) => plannedVch(consumer, adapters.one(consumer.key)))
  const sharesPending = shares.some(({mark}) => mark === 'add' || mark === 'change')
  const isPending = (key?: string): boolean =>
    vchs.some((vch) => (key === undefined || vch.key === key) && vch.powerCycles > 0)
  const hasWork = (step: RunbookStep): boolean =>
    survey.openPhases.has(phaseId(step)) || (step.phase === 'shares' ? sharesPending : isPending(step.vch))
  const steps = scope.steps.map((step) => plannedStep(step, {hasWork, passwords: adapters.secrets(), seal}))
  return {
    schemaVersion: 1,
    kind: PLAN_KIND,
    file: runbook.file === '-' ? '-' : path.resolve(runbook.file),
    hash: hashRunbook(runbook),
    ...(steps.some((step) => step.seal !== undefined) && seal !== undefined ? {sealedBy: seal.by} : {}),
    scope: {targets: [...wish.targets], only: [...wish.only]},
    shares,
    vchs,
    steps,
    refusals: refusalsOf(survey),
    pending: sharesPending || isPending(),
  }
}
