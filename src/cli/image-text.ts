import {shellQuote} from '../model/redaction.js'

interface ImageView {
  readonly id: string
  readonly sizeBytes: number
}

interface BuiltView {
  readonly outcome: 'built' | 'unchanged'
  readonly image: ImageView & {readonly reference: string}
}

interface PushedView {
  readonly reference: string
  readonly digest: string
}

const MB = 1_000_000

/** The end of `image build`. */
export function builtText({outcome, image}: BuiltView): string {
  const id = image.id.replace(/^sha256:/, '').slice(0, 12)
  return `${outcome}: ${image.reference} is ${id}, ${(image.sizeBytes / MB).toFixed(0)} MB`
}

/** The end of `image push`. */
export function pushedText({reference, digest}: PushedView): string {
  const use = shellQuote(['vicnfs', 'expose-volume', 'VOLUME', '--image', reference])
  return [`pushed: ${reference} is ${digest}`, `use it: ${use}`].join('\n')
}
