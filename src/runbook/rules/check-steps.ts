import {parseDuration} from '../../model/duration.js'
import type {Inspection} from '../inspection.js'
import {quoted, type Path} from '../problem.js'
import type {LooseRunbook} from '../schema.js'

type LooseStep = NonNullable<LooseRunbook['steps']>[number]

/** Rules for the operator's own commands. */
export function checkSteps(inspection: Inspection): void {
  const names = new Map<string, number>()
  for (const [index, step] of (inspection.loose.steps ?? []).entries()) {
    // A step that is no block of keys at all has been reported.
    if ((step as LooseStep | undefined) === undefined) continue
    checkStepName(inspection, {index, name: step.name, names})
    checkPhase(inspection, index, step)
    checkCommand(inspection, index, step)
  }
}

function checkStepName(
  inspection: Inspection,
  step: {readonly index: number; readonly name: string | undefined; readonly names: Map<string, number>},
): void {
  const {index, name, names} = step
  if (name === undefined) return
  const path = ['steps', index, 'name']
  const first = names.get(name)
  if (first === undefined) names.set(name, index)
  else {
    const message = `step ${first + 1} is called ${inspection.shown(path)}, too`
    inspection.report(path, message, 'Each step needs a name of its own, by which it is found again.')
  }
}

function checkPhase(inspection: Inspection, index: number, step: LooseStep): void {
  const path = ['steps', index]
  const [before, after] = [inspection.has([...path, 'before']), inspection.has([...path, 'after'])]
  if (before && after) {
    inspection.reportKey([...path, 'after'], 'before and after exclude each other', 'Keep one of the two.')
  }
  if (!before && !after) {
    const fix = 'Add before: or after: with one of shares, stores, verify.'
    inspection.reportKey(path, 'it is not said when this step is run', fix)
  }
  const place = [...path, 'vch']
  inspection.vchName(place, step.vch)
  if (step.vch === undefined || (step.before ?? step.after) !== 'shares') return
  const message = 'a step around the shares cannot be for one VCH: all shares are made in one phase'
  inspection.reportKey(place, message, 'Leave vch out, or run the step before or after stores.')
}

function checkCommand(inspection: Inspection, index: number, step: LooseStep): void {
  const path = ['steps', index]
  if (step.run?.[0] === '') {
    inspection.report([...path, 'run', 0], 'the program has no name', 'Begin with the program to run.')
  }
  const places = (step.run ?? []).map((_word, position) => [...path, 'run', position])
  refuseWrittenSecrets(inspection, places)
  const {timeout} = step
  if (timeout !== undefined) {
    const fix = 'Write a number with a unit: 250ms, 90s, 5m or 1h30m.'
    inspection.passes([...path, 'timeout'], {
      what: 'a length of time',
      fix,
      check: () => parseDuration(String(timeout)),
    })
  }
  for (const name of inspection.keysAt([...path, 'env'])) checkVariable(inspection, [...path, 'env', name], name)
}

/** `--password x`, `--token=x`; what takes the secret from elsewhere has another name: `--password-stdin`. */
const SECRET_OPTION = /^--?(?:[a-z]+-)*(?:passw(?:or)?d|token)(?:=(.*))?$/is

const SECRET_WRITTEN = 'a secret cannot stand in a runbook, which is kept where many can read it'

/** Words of a command that are a secret by the option that they follow. */
function refuseWrittenSecrets(inspection: Inspection, words: readonly Path[]): void {
  for (const [index, place] of words.entries()) {
    const option = SECRET_OPTION.exec(inspection.textAt(place))
    if (option === null) continue
    const secret = option[1] === undefined ? words[index + 1] : place
    if (
      secret === undefined ||
      inspection.isFromVariable(secret) ||
      /^-|^$/.test(option[1] ?? inspection.textAt(secret))
    )
      continue
    const fix = 'Have the command take it from its environment, and name the variable under env.'
    inspection.report(secret, SECRET_WRITTEN, fix)
  }
}

function checkVariable(inspection: Inspection, path: Path, name: string): void {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const fix = 'Use letters, digits and "_", with no digit first.'
    inspection.reportKey(path, `${quoted(name)} cannot be the name of a variable`, fix)
  }
  const isSecret = /passw(?:or)?d|secret|token/i.test(name)
  if (!isSecret || inspection.textAt(path) === '' || inspection.isFromVariable(path)) return
  const fix = `Take it from the environment of vicnfs: ${name}: "\${${name}}"`
  inspection.report(path, SECRET_WRITTEN, fix)
}
