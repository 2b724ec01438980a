import {SCALAR_STYLE, type Event, type ScalarEvent} from 'js-yaml'

/** Offset of the first character of a scalar, its quote or block sign included; undefined for an empty one. */
export function startOf(event: ScalarEvent, text: string): number | undefined {
  if (event.valueStart < 0) return undefined
  if (event.style === SCALAR_STYLE.PLAIN) return event.valueStart
  if (event.style === SCALAR_STYLE.LITERAL_BLOCK) return text.lastIndexOf('|', event.valueStart)
  if (event.style === SCALAR_STYLE.FOLDED_BLOCK) return text.lastIndexOf('>', event.valueStart)
  return event.valueStart - 1
}

/** Offset of an event; undefined for one that stands nowhere. */
export function offsetOf(event: Event | undefined): number | undefined {
  const {start, valueStart, anchorStart} = (event ?? {}) as {start?: number; valueStart?: number; anchorStart?: number}
  return [start, valueStart, anchorStart].find((offset) => offset !== undefined && offset >= 0)
}

/**
 * Where variables stand in the file, asked for in their order: the text of a scalar may be folded or have escapes, but
 * the signs of its variables are the same in both.
 * @param texts the scalar as it reads, and the whole text of the runbook
 */
export function variableOffsets(
  event: ScalarEvent,
  {written, text}: {readonly written: string; readonly text: string},
): (index: number) => number | undefined {
  let seen = -1
  let offset = event.valueStart - 1
  return (index) => {
    while (seen < index && offset < event.valueEnd) {
      seen = written.indexOf('${', seen + 1)
      offset = text.indexOf('${', offset + 1)
      // One of them is written with an escape.
      if (seen < 0 || offset < 0) offset = Infinity
    }
    return offset < event.valueEnd ? offset : undefined
  }
}
