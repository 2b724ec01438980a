import {shellQuote} from './redaction.js'

/**
 * A docker command against an endpoint of ours, as it can be pasted; docker wants `tcp://` where we say `https://`.
 * @param endpoint canonical text of `formatEndpoint`
 */
export function dockerCommand(endpoint: string, args: readonly string[]): string {
  const secure = endpoint.startsWith('https://')
  const host = endpoint.replace(/^https?:\/\//, 'tcp://')
  return shellQuote(['docker', ...(secure ? ['--tlsverify'] : []), '-H', host, ...args])
}
