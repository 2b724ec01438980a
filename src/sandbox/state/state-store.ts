import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {SandboxState} from './sandbox-state.js'

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

  static open(directory: string): StateStore {
    const text = readFileSync(path.join(directory, 'state.json'), 'utf8')
    return new StateStore(directory, JSON.parse(text) as SandboxState)
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
