import {shellQuote} from '../../model/redaction.js'
import {storeUrl, type VolumeStore} from '../../model/volume-store.js'
import type {IdleServer} from './idle-servers.js'

export interface RollbackResult {
  readonly outcome: 'rolled-back' | 'unchanged' | 'planned'
  readonly vch: string
  /** Labels of the stores that went, had gone already, or would go. */
  readonly labels: readonly string[]
  /** What the VCH has afterwards. */
  readonly stores: readonly {readonly label: string; readonly url: string}[]
  readonly plan: readonly string[]
  /** A registration that an earlier run had left half-done was taken back. */
  readonly mended: boolean
  /** Server containers that go on without a use. */
  readonly idle: readonly IdleServer[]
  /** The exact command, redacted; only for a dry run. */
  readonly command?: string
}

/** The command itself, for what has to be run again. */
export const ROLLBACK_COMMAND = shellQuote(['vicnfs', 'rollback'])

export const shownStores = (stores: readonly VolumeStore[]): {readonly label: string; readonly url: string}[] =>
  stores.map((store) => ({label: store.label, url: storeUrl(store)}))

export const labelsOf = (stores: readonly VolumeStore[]): string[] => stores.map(({label}) => label)
