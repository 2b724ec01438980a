import type {ConsumerRecord} from '../../src/model/consumer-record.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import type {ShareSession} from '../../src/nfs/share-access.js'
import {exposeVolume} from '../../src/services/expose-volume.js'
import {registerStore} from '../../src/services/register-store.js'
import {teardownShare, type TeardownOptions, type TeardownResult} from '../../src/services/teardown-share.js'
import type {VicMachine} from '../../src/vic-machine/vic-machine-api.js'
import {fakeWorld, shareRequest, type FakeWorld} from './fake-world.js'

export const CONSENTS = {
  allowSelfHosted: true,
  addressReserved: true,
  adoptStore: false,
  resetProgress: false,
  noRollback: false,
}

/** A fake world with rollback, and with moments at which something else may happen. */
export interface TeardownWorld extends FakeWorld {
  /** Called before vic-machine is looked for, asked for consent, rolls back, and once it has. */
  at: {identify?: () => void; confirm?: () => void; rollback?: () => void; rolledBack?: () => void}
  readonly warnings: string[]
  /** Who made what on a share. */
  readonly owners: Map<string, number>
  /** Thrown by `inspect config`. */
  blind?: VicnfsError
  /** Nothing on a share can be removed. */
  isReadOnly?: boolean
}

/** What somebody made on a share, he alone removes. */
function withOwners(session: ShareSession, uid: number, world: TeardownWorld): ShareSession {
  const {owners} = world
  const own = (path: string): void => {
    owners.set(path, uid)
  }
  const admit = (path: string): void => {
    if (world.isReadOnly !== true && (owners.get(path) ?? uid) === uid) return
    throw new VicnfsError('VN-NFS-SHARE-WRITE', `Changing "${path}" failed.`, {reason: 'REMOVE: NFS3ERR_ACCES.'})
  }
  return {
    ...session,
    async writeFile(path, data) {
      own(path)
      await session.writeFile(path, data)
    },
    async makeDirectory(path, mode) {
      own(path)
      await session.makeDirectory(path, mode)
    },
    async removeFile(path) {
      admit(path)
      await session.removeFile(path)
    },
    async removeDirectory(path) {
      admit(path)
      await session.removeDirectory(path)
    },
  }
}

function withRollback(program: VicMachine, world: TeardownWorld): VicMachine {
  const snapshots: string[][] = []
  return {
    ...program,
    inspectConfig: (selector, options) =>
      world.blind === undefined ? program.inspectConfig(selector, options) : Promise.reject(world.blind),
    async start(change, folder) {
      if (change.kind === 'configure') snapshots.push(world.stores)
      if (change.kind !== 'rollback') return program.start(change, folder)
      world.at.rollback?.()
      world.stores = snapshots.pop() ?? []
      const run = await program.start(change, folder)
      world.at.rolledBack?.()
      return run
    },
  }
}

/** The fake world of `fakeWorld`, made fit for what a teardown does. */
export async function teardownWorld(directory: string): Promise<TeardownWorld> {
  const plain = fakeWorld(directory)
  const {adapters} = plain
  const world = Object.assign(plain, {at: {}, warnings: [], owners: new Map()}) as TeardownWorld
  const access = await adapters.vicMachine()
  const program = withRollback(access.program, world)
  const listContainers: typeof adapters.consumer.listContainers = async (filter, options) => {
    if (filter.volume === undefined) return adapters.consumer.listContainers(filter, options)
    const {volume} = filter
    return [...world.containers.values()].filter(({mounts}) => mounts.some((mount) => mount.volume === volume))
  }
  return Object.assign(world, {
    adapters: {
      ...adapters,
      consumer: {...adapters.consumer, listContainers},
      limits: {...adapters.limits, stepTimeoutMs: 300},
      vicMachine() {
        world.at.identify?.()
        return Promise.resolve({...access, program})
      },
      nfs: {
        ...adapters.nfs,
        openShare: async (place, options) => withOwners(await adapters.nfs.openShare(place, options), place.uid, world),
      },
      confirm(question) {
        world.at.confirm?.()
        return adapters.confirm(question)
      },
    } satisfies typeof adapters,
  })
}

export async function expose(world: TeardownWorld, parts: Parameters<typeof shareRequest>[0] = {}): Promise<void> {
  const request = shareRequest(parts)
  await exposeVolume({request, volume: {name: request.name, create: true}}, world.adapters, {})
}

export async function register(
  world: TeardownWorld,
  label: string,
  from: {readonly share: string} | {readonly url: string} = {share: 'nfs-vol'},
): Promise<void> {
  await registerStore({label, from, consents: CONSENTS, dryRun: false}, world.adapters, {})
}

export function teardown(world: TeardownWorld, options: Partial<TeardownOptions> = {}): Promise<TeardownResult> {
  const whole = {target: {volume: 'nfs-vol'}, consents: CONSENTS, deleteVolume: false, ...options}
  return teardownShare(whole, world.adapters, {
    onEvent(event) {
      if (event.type === 'note' && event.level === 'warning') world.warnings.push(event.text)
    },
  })
}

/** The record of a VCH that cannot be asked from here, in a directory of the share. */
export function recordOther(world: TeardownWorld, folder: string): void {
  const record: ConsumerRecord = {
    schemaVersion: 1,
    vchName: 'other',
    vchId: 'vm-9',
    vcenter: 'elsewhere',
    endpoint: 'tcp://other:2376',
    label: 'theirs',
    path: folder,
    uid: 0,
    gid: 0,
    writtenAt: '2026-01-01T00:00:00.000Z',
  }
  world.files.set(folder, 'directory')
  world.files.set(`${folder}/.vicnfs`, 'directory')
  world.files.set(`${folder}/.vicnfs/consumer.json`, Buffer.from(JSON.stringify(record)))
}
