import type {Check} from '../../src/model/check.js'
import type {ErrorCode} from '../../src/model/error-table.js'
import {VicnfsError} from '../../src/model/vicnfs-error.js'
import type {PreflightReport, RungId, ShareAddress} from '../../src/nfs/preflight/report.js'
import {examine, type Examination} from '../../src/services/diagnose.js'
import type {DockerSide, ExamineAdapters} from '../../src/services/doctor/examine-adapters.js'
import type {VchApi} from '../../src/vch/vch-api.js'
import type {VicMachine} from '../../src/vic-machine/vic-machine-api.js'
import {fakeWorld, type FakeWorld} from './fake-world.js'

type Mutable<T> = {-readonly [K in keyof T]: T[K]}

/** A fake world as a look at it finds it; everything answers, and each part can be made to fail. */
export interface DoctorWorld extends FakeWorld {
  readonly parts: Mutable<ExamineAdapters>
  readonly server: Mutable<DockerSide> & {readonly api: Mutable<VchApi>}
  readonly consumer: Mutable<DockerSide> & {readonly api: Mutable<VchApi>}
  readonly program: Mutable<VicMachine>
  /** What the ladder finds at a host; a share that can be mounted where nothing is said. */
  readonly dead: Map<string, {readonly rung: RungId; readonly code: ErrorCode; readonly finding: string}>
  look(options?: {readonly signal?: AbortSignal; readonly environment?: Record<string, string>}): Promise<Examination>
  /** One check of a new look. */
  check(id: string): Promise<Omit<Check, 'title'>>
}

const RUNGS: readonly (readonly [RungId, string])[] = [
  ['portmap', 'mountd version 3 at port 32767'],
  ['mountd', 'mount granted'],
  ['nfsd', 'NFS version 3 at port 2049'],
  ['fsinfo', 'reads'],
]

function reportOf(place: ShareAddress, failure: {rung: RungId; code: string; finding: string} | undefined) {
  const failedAt = RUNGS.findIndex(([id]) => id === failure?.rung)
  const rungs = RUNGS.map(([id, finding], index) => {
    const common = {id, title: `Rung ${id}`, durationMs: 1}
    if (failure === undefined || index < failedAt) return {...common, state: 'passed' as const, finding}
    if (index > failedAt) return {...common, state: 'skipped' as const, finding: 'not tried'}
    return {...common, state: 'failed' as const, finding: failure.finding, code: failure.code, tries: []}
  })
  return {
    ...place,
    passed: failure === undefined,
    privilegedPort: false,
    readOnly: true,
    rungs,
  } satisfies PreflightReport
}

/** Every call fails as that of an API that is down. */
export function refuse(api: Mutable<VchApi>, code: ErrorCode = 'VN-VCH-UNREACHABLE'): void {
  api.info = () => Promise.reject(new VicnfsError(code, `${api.endpoint} refuses connections.`))
}

/** A Docker API as doctor finds it. */
export function dockerSide(api: VchApi, text: string) {
  return {
    api: {...api, apiVersions: () => Promise.resolve({newest: '1.25', oldest: '1.19'})},
    endpoint: {origin: '--host', text, protocol: 'https' as const, verify: true, tlsFolder: '/certs'},
    warnings: [],
  }
}

/** The one VCH of the fake world's vCenter. */
export const listOne: VicMachine['list'] = () =>
  Promise.resolve([{id: 'vm-7', name: 'consumer', path: '/dc/host/c', version: 'v1.5.8', upgradeStatus: ''}])

export async function doctorWorld(
  directory: string,
  options: Parameters<typeof fakeWorld>[1] & {readonly split?: boolean} = {},
): Promise<DoctorWorld> {
  const {split = true} = options
  const world = fakeWorld(directory, options)
  const {adapters} = world
  const access = await adapters.vicMachine()
  const program = {...access.program, list: listOne}
  const server = dockerSide(adapters.server, 'https://server:2376')
  const consumer = split ? dockerSide(adapters.consumer, 'https://consumer:2376') : server
  const dead: DoctorWorld['dead'] = new Map()
  const {journal, stateDirectory, limits} = adapters
  const parts: ExamineAdapters = {
    split,
    server: () => Promise.resolve(server),
    consumer: () => Promise.resolve(consumer),
    sameEndpoint: split
      ? (a, b) => Promise.resolve(a.includes('consumer') === b.includes('consumer'))
      : (a, b, call) => adapters.sameEndpoint(a, b, call),
    installer: () => Promise.resolve({path: '/bin/vic-machine', version: options.version ?? '1.5.8'}),
    vicMachine: () => Promise.resolve({...access, program}),
    nfs: {...adapters.nfs, preflight: (place) => Promise.resolve(reportOf(place, dead.get(place.host)))},
    journal,
    stateDirectory,
    limits,
  }
  const look: DoctorWorld['look'] = (serviceOptions = {}) =>
    examine({version: '0.0.0', image: 'vicnfs/server:1'}, parts, {environment: {}, ...serviceOptions})
  return Object.assign(world, {
    parts,
    server,
    consumer,
    program,
    dead,
    look,
    async check(id: string) {
      const {groups} = await look()
      const found = groups.flatMap(({checks}) => checks).find((each) => each.id === id)
      if (found === undefined) throw new Error(`no check ${id} in ${JSON.stringify(groups, undefined, 2)}`)
      const {title: _title, ...rest} = found
      return rest
    },
  })
}
