import path from 'node:path'

import type {Phase, RunbookStep} from '../../../runbook/runbook.js'
import {noteFailure, isStopped, type ApplyRun} from './apply-state.js'
import {passwordVariables} from '../runbook-adapters.js'
import {recapError, type StepEntry} from '../recap.js'
import {runStep} from './run-step.js'

/** A phase of the whole run, or of one VCH in it. */
export interface PhasePart {
  readonly phase: Phase
  readonly vch?: string
  /** It has something to do; else only steps that say `always` are run. */
  readonly hasWork: boolean
}

async function runOne(run: ApplyRun, step: RunbookStep, part: PhasePart): Promise<void> {
  const {name, phase, vch} = step
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
  const place = {environment: adapters.environment, withheld, secrets: adapters.secrets(), folder}
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

/**
 * Does a phase with the operator's steps before and after it. A step that fails fails the phase; what follows a phase
 * that has failed is not run.
 * @throws VN-RUNBOOK-STEP-FAILED, VN-RUNBOOK-STEP-TIMEOUT
 */
export async function withSteps(run: ApplyRun, part: PhasePart, body: () => Promise<void>): Promise<void> {
  await runAll(run, 'before', part)
  await body()
  if (!isStopped(run)) await runAll(run, 'after', part)
}
