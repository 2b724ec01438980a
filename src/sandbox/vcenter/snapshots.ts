import type {SandboxState, SnapshotState} from '../state/sandbox-state.js'
import {VimFault, type Snapshot} from './vcenter-api.js'

/** Adds a snapshot of the VM's guestinfo; names need not be unique (facts/vic-machine.md § 0.7). */
export function takeSnapshot(state: SandboxState, name: string): Snapshot {
  const last = Math.max(0, ...state.snapshots.map((snapshot) => Number(snapshot.id.replace('snapshot-', ''))))
  const snapshot = {id: `snapshot-${last + 1}`, name, guestInfo: state.guestInfo}
  state.snapshots = [...state.snapshots, snapshot]
  return {id: snapshot.id, name}
}

/** @throws VimFault in vSphere's words when the name stands for no snapshot or for several */
export function snapshotByName(snapshots: readonly SnapshotState[], name: string): SnapshotState {
  const [first, ...others] = snapshots.filter((snapshot) => snapshot.name === name)
  if (first === undefined) throw new VimFault('NotFound', `snapshot "${name}" not found`)
  if (others.length > 0) throw new VimFault('NotUnique', `"${name}" resolves to ${others.length + 1} snapshots`)
  return first
}

export function newestSnapshot(snapshots: readonly SnapshotState[]): SnapshotState {
  const newest = snapshots.at(-1)
  if (newest === undefined) throw new VimFault('NotFound', 'the sandbox VCH has no snapshot')
  return newest
}
