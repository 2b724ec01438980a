import type {VchApi} from '../../../vch/vch-api.js'

/**
 * A Docker API for a while in which nothing changes: each question is asked once.
 * @param taken addresses that count as in use, by network: those of shares still to be made
 */
export function askedOnce(api: VchApi, taken: ReadonlyMap<string, readonly string[]> = new Map()): VchApi {
  const answers = new Map<string, Promise<unknown>>()
  const once = <T>(question: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(question) as Promise<T> | undefined
    const answer = known ?? ask()
    answers.set(question, answer)
    return answer
  }
  return {
    ...api,
    endpoint: api.endpoint,
    info: (options) => once('info', () => api.info(options)),
    networks: async (options) => {
      const networks = await once('networks', () => api.networks(options))
      return networks.map((network) => ({
        ...network,
        usedAddresses: [...network.usedAddresses, ...(taken.get(network.name) ?? [])],
      }))
    },
    inspectVolume: (name, options) => once(`volume ${name}`, () => api.inspectVolume(name, options)),
    listContainers: (filter, options) => once(JSON.stringify(filter), () => api.listContainers(filter, options)),
    inspectContainer: (id, options) => once(`container ${id}`, () => api.inspectContainer(id, options)),
  }
}
