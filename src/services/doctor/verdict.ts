import type {Check} from '../../model/check.js'
import type {ErrorCode} from '../../model/error-table.js'
import {isVicnfsError, messageOf, type VicnfsError} from '../../model/vicnfs-error.js'

/** How a check ended, without its name. */
export type Verdict = Omit<Check, 'id' | 'title'>

type More = Partial<Pick<Check, 'advice' | 'fix'>> & {readonly code?: ErrorCode}

const MOST_COMMANDS = 2

export const ok = (evidence: string): Verdict => ({state: 'ok', evidence})
export const warning = (evidence: string, more: More = {}): Verdict => ({state: 'warning', evidence, ...more})
export const failed = (evidence: string, more: More = {}): Verdict => ({state: 'failed', evidence, ...more})
export const notAsked = (evidence: string, more: More = {}): Verdict => ({state: 'not-asked', evidence, ...more})

/** Something that a check needs could not be had; the check that is about that very thing says more. */
export class Unasked extends Error {
  override readonly name = 'Unasked'
}

/** Waits for what a check needs. @throws Unasked with `without` as the reason */
export async function needed<T>(look: Promise<T>, without: string): Promise<T> {
  try {
    return await look
  } catch (error) {
    throw error instanceof Unasked ? error : new Unasked(without, {cause: error})
  }
}

/** Settings that nobody gave are no fault of the environment. */
const NOT_SET: ReadonlySet<string> = new Set([
  'VN-SETTING-MISSING',
  'VN-VICMACHINE-PASSWORD-MISSING',
  'VN-VCH-NO-ENDPOINT',
])

export function sentenceOf(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** What an error says of itself, with its cause. */
export function wordsOf({message, reason}: VicnfsError): string {
  return reason === '' ? sentenceOf(message) : `${sentenceOf(message)} ${sentenceOf(reason)}`
}

/** What an error means for the check that met it. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof Unasked) return notAsked(error.message)
  if (!isVicnfsError(error)) return failed(sentenceOf(messageOf(error)), {code: 'VN-BUG'})
  const {code, tries, recovery} = error
  const more = {
    code,
    ...(tries.length === 0 ? {} : {fix: tries.slice(0, MOST_COMMANDS)}),
    ...(recovery.length === 0 ? {} : {advice: recovery.join(' ')}),
  }
  return NOT_SET.has(code) ? notAsked(wordsOf(error), more) : failed(wordsOf(error), more)
}

/** Runs one check; whatever its body throws is its result. */
export async function check(id: string, title: string, body: () => Verdict | Promise<Verdict>): Promise<Check> {
  try {
    return {id, title, ...(await body())}
  } catch (error) {
    return {id, title, ...verdictOf(error)}
  }
}
