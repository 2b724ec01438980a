import {sameStores} from '../../model/store-plan.js'
import {isVicnfsError, messageOf, VicnfsError} from '../../model/vicnfs-error.js'
import type {ConsumerVch} from './identify-consumer.js'
import type {FailedChange} from './mend.js'
import {recoverySteps, wayOutByUrl, type LeftState, type Stranded} from './recovery-steps.js'

/** What became of the one rollback that mends our own failed configure. */
export type RollbackTry = 'not-tried' | 'two-snapshots' | 'no-effect'

const ROLLBACK_WORDS: Readonly<Record<RollbackTry, string>> = {
  'not-tried': '',
  'two-snapshots': ' The rollback found two snapshots of one name, as after any earlier configure.',
  'no-effect': ' The rollback did not bring it back.',
}

function seen({sight, added, end}: FailedChange): string {
  if (sight.off === true) return 'it is powered off'
  if (sight.api !== 'running') return 'its Docker API does not come back'
  const listed = new Set(sight.stores?.map((store) => store.argument))
  if (added.every((store) => listed.has(store.argument))) return 'the new store is not online'
  return end?.claim === 'completed'
    ? 'vic-machine claims success, but the new store is not there'
    : 'the new store is not there'
}

/** What was seen of the VCH, and the last error line of vic-machine. */
export function whatHappened(failed: FailedChange): string {
  const line = failed.end?.errorLines.at(-1)
  return line === undefined ? seen(failed) : `${seen(failed)}; vic-machine said: ${line}`
}

function stranded({added, data}: FailedChange): Stranded[] {
  return added.map((store, index) => ({store, wayOut: data.wayOuts?.[index] ?? wayOutByUrl(store)}))
}

function leftState({sight, before, end}: FailedChange): LeftState {
  const running = sight.api === 'running'
  const power = running || end?.claim === 'timed-out' ? 'on' : 'unknown'
  const asBefore = sight.stores !== undefined && sameStores(sight.stores, before)
  return {running, power: sight.off === true ? 'off' : power, asBefore}
}

function howItWasLeft({vch, added}: FailedChange, {running, power, asBefore}: LeftState): string {
  const labels = added.map((store) => store.label).join(', ')
  const isAre = added.length === 1 ? 'is' : 'are'
  if (running) return `The store ${labels} ${isAre} configured on "${vch.name}", but not online.`
  if (asBefore === true && power === 'off')
    return `The VCH "${vch.name}" is powered off, with its stores of before, without ${labels}.`
  return `The VCH "${vch.name}" is half-way through the registration of ${labels} and does not answer.`
}

/** The error for a registration that is stuck half-way, with the way out that this release of VIC has. */
export function halfDone(failed: FailedChange, options: {readonly rollback: RollbackTry}): VicnfsError {
  const {vch, added, sight} = failed
  const left = leftState(failed)
  const rollback = vch.traits.rollback ? ROLLBACK_WORDS[options.rollback] : ` VIC ${vch.version} cannot roll back.`
  const recovery =
    added.length === 0
      ? [`Look at the endpoint VM ${vch.id} in vSphere: it must be powered on and answer.`]
      : recoverySteps(vch, stranded(failed), left)
  const kept = left.asBefore === true ? 'is kept.' : 'is kept: the VCH needs it to boot.'
  return new VicnfsError(left.running ? 'VN-STORE-NOT-ONLINE' : 'VN-HALF-DONE', howItWasLeft(failed, left), {
    reason: `${whatHappened(failed)}.${rollback} The server container ${kept}`,
    recovery,
    details: {vch: vch.name, labels: added.map((each) => each.label), api: sight.api, off: sight.off ?? false},
  })
}

/** Somebody else has configured the VCH meanwhile: a rollback would undo that, so none is tried. */
export function foreignStores(failed: FailedChange): VicnfsError {
  const {vch, sight} = failed
  const again = stranded(failed)[0]?.wayOut.again
  const listed = sight.stores?.map((each) => each.label).join(', ') ?? 'none'
  return new VicnfsError('VN-HALF-DONE', `The stores of "${vch.name}" are neither those of before nor those planned.`, {
    reason: `It lists ${listed}: somebody else configures this VCH, so nothing was rolled back. ${whatHappened(failed)}.`,
    recovery: [
      `Make sure that nobody else runs vic-machine on "${vch.name}".`,
      ...(again === undefined ? [] : [`Then run: ${again}`]),
    ],
    details: {vch: vch.name, stores: sight.stores?.map((each) => each.label) ?? []},
  })
}

/** Kinds of errors that say themselves how the VCH was left. */
const TOLD: ReadonlySet<string> = new Set(['interrupted', 'half-done', 'rolled-back'])

/**
 * Runs what follows a change that has been started. An error of it would else say by its code that nothing happened.
 * @param options.again command that goes on from there
 * @throws VN-HALF-DONE for every error that leaves open how the change ended; the others as they are
 */
export async function onceBegun<T>(
  vch: Pick<ConsumerVch, 'name'>,
  options: {readonly again?: string | undefined; readonly body: () => Promise<T>},
): Promise<T> {
  const {again, body} = options
  try {
    return await body()
  } catch (error) {
    if (isVicnfsError(error) && TOLD.has(error.kind)) throw error
    const mended = isVicnfsError(error) ? error.tries.map((command) => `Run: ${command}`) : []
    throw new VicnfsError('VN-HALF-DONE', `A change of "${vch.name}" was started, and how it ended cannot be seen.`, {
      reason: `${messageOf(error)} The server container is kept: the VCH may need it to boot.`,
      recovery: [
        'Mend what hides the VCH from vicnfs.',
        ...mended,
        again === undefined ? 'Then run the same command again.' : `Then run: ${again}`,
      ],
      details: {vch: vch.name, hiddenBy: isVicnfsError(error) ? error.code : 'VN-BUG'},
      cause: error,
    })
  }
}
