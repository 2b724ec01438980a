import {readJsonLines, type JsonLine} from './json-lines.js'

/** How a push ended. */
export interface PushEnd {
  /** The Engine's or the registry's error; undefined when it went well. */
  readonly failure?: string
  /** Digest of the manifest that the registry now has. */
  readonly digest?: string
  /** Layers that were sent, and layers that the registry had. */
  readonly sent: number
  readonly present: number
}

const MB = 1_000_000
/** A layer on its way is spoken of each time another quarter has gone. */
const PARTS = 4

/** Reads the stream of a push to its end; `onProgress` hears of each layer. @throws when the stream breaks off */
export async function followPush(stream: NodeJS.ReadableStream, onProgress?: (text: string) => void): Promise<PushEnd> {
  const layers = new Map<string, string>()
  let digest: string | undefined
  const failure = await readJsonLines(stream, (line) => {
    digest = digestIn(line) ?? digest
    const {id, status} = line
    if (typeof id !== 'string' || typeof status !== 'string') return
    const state = layerState(status, line)
    if (layers.get(id) === state) return
    layers.set(id, state)
    onProgress?.(`layer ${id}: ${state}`)
  })
  const states = [...layers.values()]
  return {
    ...(failure === undefined ? {} : {failure}),
    ...(digest === undefined ? {} : {digest}),
    sent: states.filter((state) => state === SENT).length,
    present: states.filter((state) => state === PRESENT).length,
  }
}

const SENT = 'sent'
const PRESENT = 'the registry has it'

function layerState(status: string, {progressDetail}: JsonLine): string {
  if (status === 'Pushed') return SENT
  // A layer may also be taken over from another repository of the same registry.
  if (status === 'Layer already exists' || status.startsWith('Mounted from ')) return PRESENT
  if (status !== 'Pushing') return status.toLowerCase()
  const {current, total} = progressDetail ?? {}
  if (typeof current !== 'number' || typeof total !== 'number' || total <= 0) return 'sending'
  const part = Math.min(PARTS, Math.floor((current / total) * PARTS))
  return `sending, ${String((part * 100) / PARTS)} % of ${(total / MB).toFixed(1)} MB`
}

function digestIn({aux}: JsonLine): string | undefined {
  const digest = (aux as {Digest?: unknown} | null | undefined)?.Digest
  return typeof digest === 'string' && digest !== '' ? digest : undefined
}
