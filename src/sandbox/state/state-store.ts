import {closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {SandboxState} from './sandbox-state.js'

type Kind = 'text' | 'number' | 'list' | 'object'

const SHAPE: Readonly<Partial<Record<keyof SandboxState, Kind>>> = {
  name: 'text',
  vicVersion: 'text',
  vicMachineVersion: 'text',
  vmId: 'text',
  target: 'text',
  socketPath: 'text',
  publicAddress: 'text',
  portmapPort: 'number',
  knobs: 'object',
  networks: 'list',
  volumes: 'list',
  containers: 'list',
  images: 'list',
  datastores: 'list',
  guestInfo: 'object',
  snapshots: 'list',
}

function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' && value !== null ? 'object' : undefined
}

function checkShape(state: unknown): asserts state is SandboxState {
  if (kindOf(state) !== 'object') throw new Error('it is no JSON object')
  const fields = state as Readonly<Record<string, unknown>>
  if (fields['schemaVersion'] !== 1) throw new Error(`schema version ${JSON.stringify(fields['schemaVersion'])}`)
  for (const [field, kind] of Object.entries(SHAPE)) {
    if (kindOf(fields[field]) !== kind) throw new Error(`${field} is missing or no ${kind}`)
  }
}

/** The sandbox's memory: one object in the daemon, written to `state.json` after each change. */
export class StateStore {
  readonly state: SandboxState
  private readonly file: string

  private constructor(
    readonly directory: string,
    state: SandboxState,
  ) {
    this.state = state
    this.file = path.join(directory, 'state.json')
  }

  /** Makes the directory (0700) with a first state in it. */
  static create(directory: string, state: SandboxState): StateStore {
    mkdirSync(directory, {recursive: true, mode: 0o700})
    const store = new StateStore(directory, state)
    store.save()
    return store
  }

  /** @throws Error when the state is damaged or of another version */
  static open(directory: string): StateStore {
    const text = readFileSync(path.join(directory, 'state.json'), 'utf8')
    const state: unknown = JSON.parse(text)
    checkShape(state)
    return new StateStore(directory, state)
  }

  /** Changes the state and writes it before returning. */
  update<T>(change: (state: SandboxState) => T): T {
    const result = change(this.state)
    this.save()
    return result
  }

  save(): void {
    const draft = `${this.file}.new`
    const fd = openSync(draft, 'w', 0o600)
    try {
      writeFileSync(fd, JSON.stringify(this.state, undefined, 2))
      // Else a crash of the machine may leave an empty file in the place of a good one.
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, this.file)
  }

  /** Where the files of a VMDK volume are. */
  volumeDirectory(name: string): string {
    return path.join(this.directory, 'volumes', name)
  }

  /** Private files of a container: log, scratch space, mounted copies of NFS volumes. */
  containerDirectory(id: string): string {
    return path.join(this.directory, 'containers', id)
  }
}
