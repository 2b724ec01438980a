import type {KernelRungId, PreflightReport, Rung, RungId} from '../../nfs/preflight/report.js'

/** A rung that was climbed in a container, with the two of its kernel. */
export interface VchRung extends Omit<Rung, 'id'> {
  readonly id: RungId | KernelRungId
}

/** The ladder as a container of the consumer VCH climbed it. */
export interface VchPreflightReport extends Omit<PreflightReport, 'rungs'> {
  readonly from: 'vch'
  /** Name of the VCH, or of the Docker Engine that stood in for one. */
  readonly vch: string
  readonly onEngine: boolean
  /** The container's network. */
  readonly network: string
  readonly rungs: readonly VchRung[]
}
