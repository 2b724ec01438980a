import type {RunbookPlan} from '../../model/runbook-plan.js'
import {shellQuote} from '../../model/redaction.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ServiceOptions, TimeLimits} from '../adapters.js'
import {consentFlags} from '../registration/recovery-steps.js'
import type {RegisterConsents} from '../registration/register-wish.js'
import {applyRunbook} from './apply-runbook.js'
import {destroyRunbook} from './destroy-runbook.js'
import {planRunbook} from './plan-runbook.js'
import {connectRunbook, type RunbookTools} from './runbook-adapters.js'
import {doneRunbook, type DoneRunbook} from './recapped.js'
import {loadRunbook} from './file/load-runbook.js'
import {loadRunbookOrPlan, savePlan} from './file/saved-plan.js'
import {scopeArguments, scopeOf, type ScopeWish} from './scope.js'
import {statusRunbook, type RunbookStatus} from './status-runbook.js'
import {verifyRunbook} from './verify-runbook.js'

/** What every command on a runbook is given. */
export interface RunbookCommand {
  readonly file: string
  readonly scope: ScopeWish
  readonly limits: TimeLimits
  readonly consents: RegisterConsents
}

export type CommandTools = RunbookTools & ServiceOptions

/** `runbook plan`: loads, connects, plans, and keeps the plan where a file is named. */
export async function planCommand(
  options: RunbookCommand & {readonly recreate: boolean; readonly output?: string | undefined},
  tools: CommandTools,
): Promise<RunbookPlan> {
  const {file, scope, limits, consents, recreate, output} = options
  const runbook = await loadRunbook(file, tools)
  const {keys} = scopeOf(runbook, scope)
  const adapters = await connectRunbook(runbook, {limits, keys}, tools)
  const plan = await planRunbook({runbook, scope, consents, recreate, sealed: output !== undefined}, adapters, tools)
  // A plan that is refused could only be refused again.
  if (output === undefined) return plan
  const isKept = plan.refusals.length === 0
  if (isKept) await savePlan(plan, output)
  const text = isKept
    ? `The plan is saved. To do exactly this: ${shellQuote(['vicnfs', 'runbook', 'apply', output])}`
    : `The plan is not saved in ${output}: it would only be refused again.`
  tools.onEvent?.({type: 'note', level: isKept ? 'info' : 'warning', text})
  return plan
}

export interface ApplyCommand extends RunbookCommand {
  readonly parallel: number
  readonly keepGoing: boolean
  readonly recreate: boolean
  readonly fromVch: boolean
  readonly canary?: string | undefined
}

/** `runbook apply`: loads a runbook or a saved plan, connects, applies. */
export async function applyCommand(options: ApplyCommand, tools: CommandTools): Promise<DoneRunbook> {
  const {file, limits, ...rest} = options
  const {runbook, saved} = await loadRunbookOrPlan(file, tools)
  if (saved !== undefined && rest.scope.targets.length + rest.scope.only.length > 0) {
    throw new VicnfsError('VN-USAGE', 'A saved plan says itself which VCHs and shares it is about.', {
      reason: '--target and --only belong to the plan.',
      tries: [shellQuote(['vicnfs', 'runbook', 'plan', saved.file, ...scopeArguments(rest.scope), '-o', file])],
    })
  }
  const scope = saved?.scope ?? rest.scope
  const adapters = await connectRunbook(runbook, {limits, keys: scopeOf(runbook, scope).keys}, tools)
  const {recreate, fromVch} = rest
  const command = againCommand('apply', {file, scope: rest.scope, consents: rest.consents, recreate, fromVch})
  return doneRunbook(applyRunbook({...rest, runbook, scope, saved, command}, adapters, tools), command)
}

/** `runbook destroy`: takes down what the runbook has made, data never. */
export async function destroyCommand(
  options: RunbookCommand & {readonly keepGoing: boolean},
  tools: CommandTools,
): Promise<DoneRunbook> {
  const {file, scope, limits, consents, keepGoing} = options
  const runbook = await loadRunbook(file, tools)
  const adapters = await connectRunbook(runbook, {limits, keys: scopeOf(runbook, scope).keys}, tools)
  const command = againCommand('destroy', {file, scope, consents})
  return doneRunbook(destroyRunbook({runbook, scope, consents, keepGoing, command}, adapters, tools), command)
}

/** `runbook verify`: proves every store of the runbook. */
export async function verifyCommand(
  options: RunbookCommand & {readonly parallel: number},
  tools: CommandTools,
): Promise<DoneRunbook> {
  const {file, scope, limits, consents, parallel} = options
  const runbook = await loadRunbook(file, tools)
  const adapters = await connectRunbook(runbook, {limits, keys: scopeOf(runbook, scope).keys}, tools)
  const run = verifyRunbook({runbook, scope, parallel}, adapters, tools)
  return doneRunbook(run, againCommand('verify', {file, scope, consents}))
}

/** `runbook status`: how the shares of the runbook are. */
export async function statusCommand(
  options: RunbookCommand & {readonly parallel: number},
  tools: CommandTools,
): Promise<RunbookStatus> {
  const {file, scope, limits, parallel} = options
  const runbook = await loadRunbook(file, tools)
  const adapters = await connectRunbook(runbook, {limits, keys: scopeOf(runbook, scope).keys}, tools)
  return statusRunbook({runbook, scope, parallel}, adapters, tools)
}

interface Again extends Pick<RunbookCommand, 'file' | 'scope' | 'consents'> {
  readonly recreate?: boolean
  readonly fromVch?: boolean
}

/** The command once more, with what bears on what it does. */
function againCommand(verb: string, {file, scope, consents, recreate, fromVch}: Again): string[] {
  return [
    'vicnfs',
    'runbook',
    verb,
    file,
    ...scopeArguments(scope),
    ...consentFlags(consents),
    ...(recreate === true ? ['--recreate'] : []),
    ...(fromVch === true ? ['--from', 'vch'] : []),
  ]
}
