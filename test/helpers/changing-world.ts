import {VicnfsError} from '../../src/model/vicnfs-error.js'
import type {Adapters} from '../../src/services/adapters.js'
import type {Change, ChangeEnd, ChangeRun, VicMachine} from '../../src/vic-machine/vic-machine-api.js'
import {fakeWorld, type FakeWorld} from './fake-world.js'

/** How the consumer VCH is, past what its stores are. */
export interface VchState {
  power: 'on' | 'off'
  /** Labels that are configured and not online. */
  offline: string[]
  /** The port layer ends again and again. */
  loops: boolean
}

/** What a change of the VCH leads to; it may change stores and state. @returns how vic-machine ends */
export type Happening = (change: Change, world: ChangingWorld) => Partial<ChangeEnd>

export interface ChangingWorld extends FakeWorld {
  readonly state: VchState
  /** Kinds of the changes that were started. */
  readonly changes: string[]
  happening: Happening
}

const CLAIMS: ChangeEnd = {claim: 'completed', exitCode: 0, errorLines: [], twoSnapshots: false, offlineLabels: []}

/** What a change leads to on a VCH that is well. */
export const allIsWell: Happening = (change, world) => {
  if (change.kind === 'configure') world.stores = change.stores.map(({argument}) => argument)
  return {}
}

function changing(
  world: ChangingWorld,
  program: VicMachine,
): VicMachine & {find(folder: string): ChangeRun | undefined} {
  const runs = new Map<string, ChangeRun>()
  const row = {id: 'vm-7', path: '/dc', name: 'consumer', upgradeStatus: 'Up to date'}
  return {
    ...program,
    list: async () => [{...row, version: `v${await program.version()}`}],
    inspect: (...args) =>
      world.state.power === 'off'
        ? Promise.reject(new VicnfsError('VN-VICMACHINE-VCH-OFF', 'The VCH is not powered on.'))
        : program.inspect(...args),
    start(change, folder) {
      world.changes.push(change.kind)
      const end = {...CLAIMS, ...world.happening(change, world)}
      const run = {folder, pid: 1, wait: () => Promise.resolve(end)}
      runs.set(folder, run)
      return Promise.resolve(run)
    },
    find: (folder) => runs.get(folder),
  }
}

/** The world in memory with a consumer VCH that can go down, loop, and be changed by somebody else. */
export async function changingWorld(directory: string, version: string): Promise<ChangingWorld> {
  const world = fakeWorld(directory, {version}) as ChangingWorld
  const state: VchState = {power: 'on', offline: [], loops: false}
  Object.assign(world, {state, changes: [], happening: allIsWell})
  const access = await world.adapters.vicMachine()
  const program = changing(world, access.program)
  const {consumer} = world.adapters
  const info: typeof consumer.info = async (options) => {
    if (state.power === 'off' || state.loops) throw new VicnfsError('VN-VCH-UNREACHABLE', 'Nothing answers.')
    const seen = await consumer.info(options)
    return {...seen, onlineStores: seen.onlineStores.filter((label) => !state.offline.includes(label))}
  }
  const findChange = (folder: string): Promise<ChangeRun | undefined> => Promise.resolve(program.find(folder))
  const over: Partial<Adapters> = {
    consumer: {...consumer, info},
    vicMachine: () => Promise.resolve({...access, program, findChange}),
    limits: {...world.adapters.limits, vchTimeoutMs: 60},
  }
  Object.assign(world.adapters, over)
  return world
}
