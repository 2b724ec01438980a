import {dockerEndpoint, ownClient} from '../certificates/docker-endpoint.js'
import type {SandboxState} from '../state/sandbox-state.js'
import {probeDockerApi} from '../vic-machine/docker-probe.js'

/** Whether the Docker API of a sandbox answers, and its port layer runs. @throws the reason of `signal` */
export async function apiRuns(directory: string, state: SandboxState, signal: AbortSignal): Promise<boolean> {
  const client = ownClient(directory, state)
  const reply = await probeDockerApi(dockerEndpoint(directory, state), {signal, ...(client && {client})})
  return reply.kind === 'ok' && reply.running
}
