import {VchError} from '../containers/vch-error.js'

export interface VolumeRequest {
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

const DRIVERS = ['vsphere', 'local']
const OPTIONS = ['volumestore', 'capacity', 'flags', 'container', 'image']
const DEFAULT_CAPACITY_MB = 1024
const SIZE = /^(\d+(?:\.\d+)*) ?([kKmMgGtTpP])?[bB]?$/
/** Go's int64 ends here. */
const TOO_LARGE = 2 ** 63

/**
 * Capacity in MB: plain digits are megabytes, else go-units' decimal sizes; less than one MB with a unit gives 0, as on
 * a VCH (facts/vch-docker-api.md § 2.1). @throws VchError 500
 */
export function capacityMb(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CAPACITY_MB
  if (/^-?\d+$/.test(text)) {
    if (Number(text) <= 0) throw new VchError(500, `bad driver value - Invalid size: ${text}`)
    if (Number(text) >= TOO_LARGE) throw tooLarge(text)
    return Number(text)
  }
  const match = SIZE.exec(text)
  if (match === null || Number.isNaN(Number(match[1])))
    throw new VchError(500, `bad driver value - invalid size: '${text}'`)
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf((match[2] ?? '').toLowerCase())
  const bytes = Number(match[1]) * 1000 ** power
  if (bytes >= TOO_LARGE) throw tooLarge(text)
  return Math.floor(bytes / 1_000_000)
}

function tooLarge(text: string): VchError {
  return new VchError(500, `bad driver value - Capacity value too large: ${text}`)
}

/** Checks a request in the VCH's order: driver, name, options, capacity. @throws VchError 500 in the VCH's words */
export function readVolumeRequest(request: VolumeRequest): {readonly store: string; readonly capacityMb: number} {
  if (!DRIVERS.includes(request.driver)) {
    throw new VchError(500, `error looking up volume plugin ${request.driver}: plugin not found`)
  }
  if (request.name !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(request.name)) {
    throw new VchError(
      500,
      `volume name "${request.name}" includes invalid characters, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    )
  }
  const options = new Map<string, string>()
  for (const [key, value] of Object.entries(request.options)) {
    const lower = key.toLowerCase()
    if (!OPTIONS.includes(lower)) throw new VchError(500, `bad driver value - ${key} is not a supported option`)
    options.set(lower, value)
  }
  return {store: options.get('volumestore') ?? 'default', capacityMb: capacityMb(options.get('capacity'))}
}
