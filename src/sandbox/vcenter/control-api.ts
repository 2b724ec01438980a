import type {ContainerRecord, GuestInfo, Knobs} from '../state/sandbox-state.js'
import type {CallOptions, VCenter} from './vcenter-api.js'

export interface ControlStatus {
  readonly name: string
  readonly vmId: string
  readonly pid: number
  readonly vicVersion: string
  readonly power: 'on' | 'off'
  /** How often the port layer has given up because of a store since power-on. */
  readonly failedBoots: number
  readonly stores: GuestInfo['stores']
  readonly updateInProgress: boolean
  readonly snapshots: readonly string[]
  readonly containers: readonly Pick<ContainerRecord, 'id' | 'name' | 'image' | 'power' | 'address'>[]
}

/** What an administrator does in vSphere to a container VM, past the Docker API (knob 10). */
export type ContainerDeed = 'powerOff' | 'powerOn' | 'destroy'

/** What only a sandbox has: no login, since the control socket is its owner's alone. */
export interface SandboxControl {
  status(options?: CallOptions): Promise<ControlStatus>
  /** Ends every child of the sandbox, then the daemon; resolves when the children are gone. */
  stop(options?: CallOptions): Promise<void>
  container(id: string, deed: ContainerDeed, options?: CallOptions): Promise<void>
  setKnobs(knobs: Partial<Knobs>, options?: CallOptions): Promise<void>
  vchPowerOff(options?: CallOptions): Promise<void>
  vchPowerOn(options?: CallOptions): Promise<void>
  /** Reverts the VCH to its newest snapshot, as an administrator would in vSphere, and powers it on. */
  revertNewestSnapshot(options?: CallOptions): Promise<void>
  /** The next `times` calls of a vCenter operation fail with that fault. */
  injectFault(operation: keyof VCenter, fault: string, times: number, options?: CallOptions): Promise<void>
}

export type Control = VCenter & SandboxControl

/** A connection to a sandbox's control server. */
export type ControlClient = Control & {close(): void}
