import type {ExamineAdapters} from './examine-adapters.js'
import type {Sights} from './sights.js'

export interface ExamineOptions {
  /** Version of vicnfs itself. */
  readonly version: string
  /** The NFS server image that is looked for. */
  readonly image: string
}

/** What a group of checks works with. */
export interface ExamineContext {
  readonly options: ExamineOptions
  readonly adapters: ExamineAdapters
  readonly sights: Sights
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** The release of the consumer VCH, from whichever side says it; undefined where neither does. */
export async function releaseOf({sights}: ExamineContext): Promise<string | undefined> {
  const ofVSphere = sights.identity().then(({version}) => version)
  const ofDocker = (): Promise<string | undefined> =>
    sights.consumer.info().then(({kind, version}) => (kind === 'vch' ? version : undefined))
  return ofVSphere.catch(ofDocker).catch(() => undefined)
}

/** Why checks that need one side are not asked. */
export const WITHOUT_SERVER = 'The Docker API of the server VCH does not answer; see there.'
export const WITHOUT_CONSUMER = 'The Docker API of the consumer VCH does not answer; see there.'
export const WITHOUT_STORES = 'The stores of the consumer VCH could not be read from vic-machine; see there.'
export const WITHOUT_VIC_MACHINE = 'vic-machine could not be asked; see there.'
