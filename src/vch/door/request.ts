import type Docker from 'dockerode'

/**
 * Options of a dockerode call whose query and body are told apart. Without `_query`, dockerode puts the whole body into
 * the URL too, labels and environment included; without an empty `_body`, it repeats the query in the body.
 */
export function withQuery(
  query: Readonly<Record<string, unknown>>,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): {abortSignal: AbortSignal} {
  const options = {_query: query, _body: body, abortSignal: signal}
  return options
}

/** A name as one part of a path, which dockerode does not escape; `:` and `@` of image references stay as they are. */
export function pathPart(name: string): string {
  return name
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/%3A/g, ':').replace(/%40/g, '@'))
    .join('/')
}

interface Dial {
  dial(
    request: {path: string; method: 'GET'; abortSignal: AbortSignal; statusCodes: Record<number, true>},
    callback: (error: Error | null | undefined, answer: unknown) => void,
  ): void
}

/** GET of a path, for calls whose dockerode method drops the abort signal or does not declare it. */
export async function getJson(docker: Docker, path: string, signal: AbortSignal): Promise<unknown> {
  const modem = docker.modem as Dial
  return new Promise((resolve, reject) => {
    modem.dial({path, method: 'GET', abortSignal: signal, statusCodes: {200: true}}, (error, answer) => {
      if (error === null || error === undefined) resolve(answer)
      else reject(error)
    })
  })
}
