import {parseStoreArgument} from '../../src/model/volume-store.js'
import type {Runbook, RunbookShare} from '../../src/runbook/runbook.js'
import type {Adapters, VicMachineAccess} from '../../src/services/adapters.js'
import type {RunbookAdapters} from '../../src/services/runbook/runbook-adapters.js'
import type {VchApi} from '../../src/vch/vch-api.js'
import type {ChangeEnd, ChangeRun, VicMachine} from '../../src/vic-machine/vic-machine-api.js'
import {fakeWorld, shareRequest, type FakeWorld} from './fake-world.js'

/** A VCH of a runbook in memory, and how its configure ends. */
export interface FakeRunbookVch extends FakeWorld {
  /** What vic-machine says in the end; `completed` by default. */
  claim: ChangeEnd['claim']
  /** Stores that are configured are online, too. */
  comesBack: boolean
  /** A configure ends when this does. */
  during: () => Promise<void>
}

export interface FakeRunbookWorld {
  readonly vchs: Readonly<Record<string, FakeRunbookVch>>
  readonly adapters: RunbookAdapters
  /** What was done on which VCH, in order. */
  readonly did: string[]
}

const DEFAULT_STORE = 'ds://datastore1/volumes:default'

function programOf(vch: FakeRunbookVch, key: string, program: VicMachine): VicMachine {
  return {
    ...program,
    inspect: async (selector, options) => ({
      ...(await program.inspect(selector, options)),
      id: `vm-${key}`,
      dockerHost: `${key}.invalid:2376`,
    }),
    inspectConfig: async (selector, options) => ({...(await program.inspectConfig(selector, options)), name: key}),
    async start(change, folder, options): Promise<ChangeRun> {
      const run = await program.start(change, folder, options)
      const end = {claim: vch.claim, exitCode: 1, errorLines: [], twoSnapshots: false, offlineLabels: []}
      const wait = async (): Promise<ChangeEnd> => {
        await vch.during()
        return vch.claim === 'completed' ? {...end, exitCode: 0} : end
      }
      return {...run, wait}
    },
  }
}

function apiOf(vch: FakeRunbookVch, key: string, api: VchApi): VchApi {
  const online = (): string[] =>
    (vch.comesBack ? vch.stores : [DEFAULT_STORE]).map((at) => parseStoreArgument(at).label)
  return {
    ...api,
    endpoint: `tcp://${key}.invalid:2376`,
    info: async (options) => ({...(await api.info(options)), name: key, onlineStores: online()}),
  }
}

/** VCHs by key, with one journal, in one folder; everything answers at once. */
export async function fakeRunbookWorld(directory: string, keys: readonly string[]): Promise<FakeRunbookWorld> {
  const did: string[] = []
  const vchs: Record<string, FakeRunbookVch> = {}
  const adapters: Record<string, Adapters> = {}
  for (const key of keys) {
    const vch: FakeRunbookVch = Object.assign(fakeWorld(directory), {
      claim: 'completed' as const,
      comesBack: true,
      during: () => Promise.resolve(),
    })
    vch.did.push = (...items) => did.push(...items.map((item) => `${key}: ${item}`))
    const {server, consumer, ...rest} = vch.adapters
    const access: VicMachineAccess = await vch.adapters.vicMachine()
    const program = programOf(vch, key, access.program)
    const own = {...access, program, vcenter: 'vcenter.invalid', selector: {id: `vm-${key}`}}
    vchs[key] = vch
    adapters[key] = {
      ...rest,
      server: apiOf(vch, key, server),
      consumer: apiOf(vch, key, {...consumer, networks: (options) => server.networks(options)}),
      selfHosted: true,
      sameEndpoint: (a, b) => Promise.resolve(a.replace(/^tcp:/, '') === b.replace(/^tcp:/, '') || a.includes(b)),
      vicMachine: () => Promise.resolve(own),
    }
  }
  const one = (key: string): Adapters => adapters[key] as Adapters
  return {
    vchs,
    did,
    adapters: {
      keys,
      one,
      pair: (server, consumer) =>
        server === consumer ? one(consumer) : {...one(consumer), server: one(server).server, selfHosted: false},
      stateDirectory: directory,
      environment: {},
      secrets: () => [],
      confirm: () => Promise.resolve(),
    },
  }
}

/** A share on one server VCH with a directory for each consumer VCH, or as a whole for one. */
export function fakeShare(key: string, vch: string, consumers: readonly string[]): RunbookShare {
  const whole = consumers.length < 2
  return {
    key,
    vch,
    volume: {name: key, create: true},
    request: shareRequest({name: key, network: 'storage-net', exportFolder: `/exports/${key}`}),
    stores: consumers.map((consumer) => ({
      label: `${key}-store`,
      vch: consumer,
      ...(whole ? {} : {directory: consumer}),
    })),
  }
}

export function fakeRunbook(keys: readonly string[], shares: readonly RunbookShare[], verify = false): Runbook {
  return {
    file: 'a.yaml',
    vchs: keys.map((key) => ({key, docker: {host: `tcp://${key}.invalid:2376`}})),
    shares,
    steps: [],
    ...(verify ? {verify: {requireNonRoot: false}} : {}),
  }
}
