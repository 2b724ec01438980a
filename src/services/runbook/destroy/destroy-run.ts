import type {Work} from '../../../engine/work.js'
import type {OnEvent} from '../../../model/event.js'
import type {Runbook} from '../../../runbook/runbook.js'
import type {Adapters} from '../../adapters.js'
import type {SettleConsents} from '../../registration/settle.js'
import type {ShareEntry, StoreEntry, VchEntry} from '../recap.js'
import type {RunbookAdapters} from '../runbook-adapters.js'
import type {Scope, ScopeWish} from '../scope.js'
import type {DestroySurvey} from '../survey/destroy-survey.js'

export interface DestroyOptions {
  readonly runbook: Runbook
  readonly scope: ScopeWish
  readonly consents: SettleConsents
  /** What can be taken down is, also where something else is refused. */
  readonly keepGoing: boolean
  /** The command that asks for it again, for a rollback whose end was not seen. */
  readonly command: readonly string[]
}

/** A run that takes a runbook down: what it works on, and what has become of each part so far. */
export interface Destroying {
  readonly adapters: RunbookAdapters
  readonly scope: Scope
  readonly survey: DestroySurvey
  readonly options: DestroyOptions
  readonly work: Work
  readonly onEvent: OnEvent
  readonly vchs: Map<string, VchEntry>
  readonly stores: StoreEntry[]
  readonly shares: ShareEntry[]
}

/** The operator was asked once, for everything. */
export function agreed(adapters: Adapters): Adapters {
  return {...adapters, confirm: () => Promise.resolve()}
}
