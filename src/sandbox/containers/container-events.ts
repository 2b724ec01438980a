import type {ContainerRecord} from '../state/sandbox-state.js'

/** One line of `GET /events` (docker 1.13's form). */
export interface ContainerEvent {
  readonly status: string
  readonly id: string
  readonly from: string
  readonly Type: 'container'
  readonly Action: string
  readonly Actor: {readonly ID: string; readonly Attributes: Readonly<Record<string, string>>}
  readonly time: number
  readonly timeNano: number
}

export interface ContainerEvents {
  emit(action: string, record: ContainerRecord, attributes?: Readonly<Record<string, string>>): void
  subscribe(listener: (event: ContainerEvent) => void): () => void
  /** The last few events, for `since`. */
  recent(): readonly ContainerEvent[]
}

const KEPT = 256

export function createContainerEvents(): ContainerEvents {
  const listeners = new Set<(event: ContainerEvent) => void>()
  const kept: ContainerEvent[] = []
  return {
    emit: (action, record, attributes = {}) => {
      const timeMs = Date.now()
      const image = String(record.request['Image'])
      const labels = (record.request['Labels'] ?? {}) as Record<string, string>
      const event: ContainerEvent = {
        status: action,
        id: record.id,
        from: image,
        Type: 'container',
        Action: action,
        Actor: {ID: record.id, Attributes: {...labels, image, name: record.name, ...attributes}},
        time: Math.floor(timeMs / 1000),
        timeNano: timeMs * 1_000_000,
      }
      kept.push(event)
      if (kept.length > KEPT) kept.shift()
      for (const listener of [...listeners]) listener(event)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    recent: () => kept,
  }
}
