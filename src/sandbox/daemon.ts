import {createContainerHost} from './containers/container-host.js'
import {rememberRunning, resumeContainers} from './containers/resume-containers.js'
import {createEndpointVm} from './endpoint-vm/endpoint-vm.js'
import {becomeDaemon} from './lifecycle/daemon-lock.js'
import {runDaemon} from './lifecycle/run-daemon.js'
import {StateStore} from './state/state-store.js'

/** How long a container may take to end by its stop signal. */
const STOP_GRACE_MS = 2000

// argv: state directory, control socket. Runs one sandbox until it is asked to stop; SIGTERM asks too.
const [directory = '', controlPath = ''] = process.argv.slice(2)
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())

becomeDaemon(directory)
const store = StateStore.open(directory)
const containers = createContainerHost({store})
// VMs of an earlier daemon that was killed are still running.
await containers.adopt()
await resumeContainers(store, containers)
const endpointVm = createEndpointVm({store, containers})
process.stdout.write(`sandbox ${store.state.name}: VIC ${store.state.vicVersion}, pid ${process.pid}\n`)
await runDaemon(
  store,
  {
    endpointVm,
    containers,
    endAll: async () => {
      rememberRunning(store)
      // Clients first, while the servers run and the endpoint VM forwards ports.
      await containers.stopClients(STOP_GRACE_MS)
      await endpointVm.close()
      await containers.stopAll(STOP_GRACE_MS)
    },
  },
  {controlPath, signal: stop.signal},
)
process.exit(0)
