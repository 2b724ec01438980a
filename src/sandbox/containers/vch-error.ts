/** A refusal by the emulated VCH: HTTP status and message as its Docker API sends them. */
export class VchError extends Error {
  override readonly name = 'VchError'

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** What the personality makes of a port layer failure: 500 `Server error from portlayer: …`. */
export function portLayerError(text: string): VchError {
  return new VchError(500, `Server error from portlayer: ${text}`)
}
