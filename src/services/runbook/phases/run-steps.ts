import path from 'node:path'

import type {Phase, RunbookStep} from '../../../runbook/runbook.js'
import {noteFailure, isStopped, type ApplyRun} from './apply-state.js'
import {passwordVariables} from '../runbook-adapters.js'
import {recapError, type StepEntry} from '../recap.js'
import {beginPhase, endPhase, phaseId} from './open-phases.js'
import {runStep} from './run-step.js'

/** A phase of the whole run, or of one VCH in it. */
export interface PhasePart {
  readonly phase: Phase
  readonly vch?: string
  /** It has something to do; else only steps that say `always` are run. */
  readonly hasWork: boolean
}

/** Passwords of VCHs, and the secrets of all steps: each step inherits the environment that they come from. */
function secretsOf({adapters, scope}: ApplyRun): string[] {
  return [...adapters.secrets(), ...scope.runbook.steps.flatMap(({secrets}) => secrets)]
}

async function runOne(run: ApplyRun, step: RunbookStep, part: PhasePart): Promise<void> {
  const {name, phase, vch} = step
  // A canary has been through its phases before all the others.
  if (run.steps.some((done) => done.name === name)) return
  const base = {name, phase, ...(vch === undefined ? {} : {vch})}
  if (step.runs === 'changed' && !part.hasWork) {
    run.steps.push({...base, outcome: 'skipped', durationMs: 0})
    return
  }
  const startedMs = performance.now()
  const end = (rest: Pick<StepEntry, 'outcome' | 'error'>): void => {
    run.steps.push({...base, durationMs: performance.now() - startedMs, ...rest})
  }
  const {adapters, scope} = run
  const withheld = ['VIC_MACHINE_PASSWORD', ...passwordVariables(scope.runbook)]
  const {file} = scope.runbook
  const folder = file === '-' ? process.cwd() : path.dirname(path.resolve(file))
  const place = {environment: adapters.environment, withheld, secrets: secretsOf(run), folder}
  try {
    await run.work.step(`step/${name}`, `Step "${name}"${vch === undefined ? '' : ` for "${vch}"`}`, (handle) =>
      runStep(step, place, {handle, onLine: (line) => run.work.note('info', `  ${name}: ${line}`)}),
    )
    end({outcome: 'done'})
  } catch (thrown) {
    const error = noteFailure(run, thrown)
    end({outcome: 'failed', error: recapError(error)})
    throw error
  }
}

async function runAll(run: ApplyRun, when: RunbookStep['when'], part: PhasePart): Promise<void> {
  const {phase, vch} = part
  const own = run.scope.steps.filter((step) => step.when === when && step.phase === phase && step.vch === vch)
  for (const step of own) await runOne(run, step, part)
}

const hasStepsAfter = ({scope}: ApplyRun, given: PhasePart): boolean =>
  scope.steps.some((step) => step.when === 'after' && phaseId(step) === phaseId(given))

/** Runs the operator's steps before a phase, unless they have been run. @returns the phase, with what it has to do */
export async function beginSteps(run: ApplyRun, given: PhasePart): Promise<PhasePart> {
  const {adapters, scope, survey, begunPhases} = run
  const id = phaseId(given)
  const isBegun = begunPhases.has(id)
  const part = {...given, hasWork: given.hasWork || isBegun || survey.openPhases.has(id)}
  if (part.hasWork && !isBegun) {
    begunPhases.add(id)
    if (hasStepsAfter(run, part)) await beginPhase(adapters, scope, part)
  }
  await runAll(run, 'before', part)
  return part
}

/**
 * Does a phase with the operator's steps before and after it. A step that fails fails the phase; what follows a phase
 * that has failed is not run then, but by the next apply, also where that has nothing else to do: what the step before
 * has stopped must not stand still for good.
 * @throws VN-RUNBOOK-STEP-FAILED, VN-RUNBOOK-STEP-TIMEOUT
 */
export async function withSteps(run: ApplyRun, given: PhasePart, body: () => Promise<void>): Promise<void> {
  const part = await beginSteps(run, given)
  await body()
  if (isStopped(run)) return
  await runAll(run, 'after', part)
  if (part.hasWork && hasStepsAfter(run, part)) await endPhase(run.adapters, run.scope, part)
}
