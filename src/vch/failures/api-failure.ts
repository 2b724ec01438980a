/** An error that the Docker API answered with. Status alone says little: VIC answers 500 for many client mistakes. */
export interface ApiFailure {
  readonly status: number
  /** The sentence of the answer, without VIC's `Server error from portlayer: `; passwords in URLs blanked. */
  readonly message: string
  /** The answer was a web page. */
  readonly isHtml: boolean
}

interface ModemError {
  readonly statusCode?: unknown
  readonly json?: unknown
  readonly message?: unknown
}

const MODEM_PREFIX = /^\(HTTP code \d+\) .*? - /s
const PORT_LAYER_PREFIX = /^(?:(?:Server|Conflict|Bad request) error from portlayer:\s*)+/i
const URL_PASSWORD = /(:\/\/)[^/\s@]+@/g
const LONGEST = 600

/** @returns undefined when the error is not an answer of the server */
export function readFailure(error: unknown): ApiFailure | undefined {
  const {statusCode, json, message} = (error ?? {}) as ModemError
  if (typeof statusCode !== 'number') return undefined
  const said = saidBy(json) ?? String(message).replace(MODEM_PREFIX, '')
  const text = said.trim()
  return {
    status: statusCode,
    message: cleaned(text) || `HTTP status ${statusCode} without a word`,
    isHtml: text.startsWith('<'),
  }
}

function saidBy(json: unknown): string | undefined {
  if (Buffer.isBuffer(json)) return json.toString('utf8')
  const message = (json as {message?: unknown} | null | undefined)?.message
  return typeof message === 'string' ? message : undefined
}

/** Makes a sentence of the server fit to be shown. */
export function cleaned(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short.replace(PORT_LAYER_PREFIX, '').replace(URL_PASSWORD, '$1***@').replace(/\s+/g, ' ').trim()
}

/** The thing asked for does not exist; not so for a page that is no Docker API, and for routes that VIC lacks. */
export function isMissing(failure: ApiFailure): boolean {
  return failure.status === 404 && !failure.isHtml && !/page not found/i.test(failure.message)
}

/** Runs a call and turns the failures that mean "done already" or "not there" into undefined. */
export async function unless<T>(tolerated: (failure: ApiFailure) => boolean, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const failure = readFailure(error)
    if (failure !== undefined && tolerated(failure)) return undefined
    throw error
  }
}
