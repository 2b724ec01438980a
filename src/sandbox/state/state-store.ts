import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {open} from 'node:fs/promises'
import path from 'node:path'
import type {SandboxState} from './sandbox-state.js'

const SYNC_AFTER_MS = 200

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
  private isSyncDue = false

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
    writeFileSync(draft, JSON.stringify(this.state, undefined, 2), {mode: 0o600})
    renameSync(draft, this.file)
    this.syncSoon()
  }

  /**
   * The file survives the daemon's end as it is; only a crash of the machine could leave an empty one in the place of a
   * good one. The daemon does not stand still for the disk at each change: one sync is for all changes of a moment.
   */
  private syncSoon(): void {
    if (this.isSyncDue) return
    this.isSyncDue = true
    const sync = async (): Promise<void> => {
      this.isSyncDue = false
      const file = await open(this.file)
      await file.datasync().finally(() => file.close())
    }
    // A sandbox that was removed meanwhile has no such file any more.
    setTimeout(() => void sync().catch(() => undefined), SYNC_AFTER_MS).unref()
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
