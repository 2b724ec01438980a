import type {Endpoint} from '../../vch/endpoint/endpoint.js'
import type {VchApi} from '../../vch/vch-api.js'
import type {Adapters, TimeLimits, VicMachineAccess} from '../adapters.js'

/** One Docker API, how it was found, and what was unwise about that. */
export interface DockerSide {
  readonly api: VchApi
  readonly endpoint: Pick<Endpoint, 'origin' | 'text' | 'protocol' | 'verify' | 'tlsFolder'>
  readonly warnings: readonly string[]
}

/** What a look at the environment works on: every part may be missing, and is asked for by itself. */
export interface ExamineAdapters extends Pick<Adapters, 'sameEndpoint' | 'nfs' | 'journal' | 'stateDirectory'> {
  /** A consumer VCH beside the server VCH is named. */
  readonly split: boolean
  /** @throws VN-VCH-NO-ENDPOINT, VN-VCH-CERT-…, VN-SETTING-BAD */
  server(): Promise<DockerSide>
  /** The very same as `server` unless `split`. */
  consumer(): Promise<DockerSide>
  /** The vic-machine that is set, found and asked for its release, without a login. @throws VN-SETTING-MISSING, VN-VICMACHINE-… */
  installer(options: {readonly signal: AbortSignal; readonly timeoutMs: number}): Promise<{
    readonly path: string
    readonly version: string
  }>
  /** @throws VN-SETTING-MISSING, VN-VICMACHINE-PASSWORD-MISSING */
  vicMachine(): Promise<VicMachineAccess>
  readonly limits: Pick<TimeLimits, 'stepTimeoutMs' | 'vicMachineTimeoutMs'>
}
