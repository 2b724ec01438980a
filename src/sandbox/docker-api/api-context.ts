import type {ContainerHost} from '../containers/container-host.js'
import type {ExecSession} from '../containers/exec-session.js'
import type {Mapping} from '../endpoint-vm/nat.js'
import type {VolumeService} from '../endpoint-vm/volume-service.js'
import type {StateStore} from '../state/state-store.js'

/** What the Docker API stands on. */
export interface DockerApiDeps {
  readonly store: StateStore
  readonly containers: ContainerHost
  readonly volumes: VolumeService
  /** DNAT rules of a bridge container. */
  mappings(containerId: string): readonly Mapping[]
}

export interface ApiContext extends DockerApiDeps {
  /** In plain HTTP on TCP: the only address under which it may be asked. */
  readonly onlyHost?: string
  readonly execs: Map<string, ExecSession>
  /** Aborted when the API closes; streams and waits end then. */
  readonly closing: AbortSignal
}
