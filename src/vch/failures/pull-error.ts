import type {ErrorCode} from '../../model/error-table.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {isMissing, type ApiFailure} from './api-failure.js'
import {sentence} from './general-error.js'

const SCHEMA_REASON =
  'A VCH pulls signed schema-1 manifests only: push the image as Docker v2 schema 2 (not OCI) ' +
  'to a registry that converts, such as distribution 2.x or Harbor 1.x.'

type Rule = readonly [pattern: RegExp, code: ErrorCode, reason?: string]

/** Texts of facts/vch-docker-api.md § 5; the first match counts. */
const RULES: readonly Rule[] = [
  [
    /missing signature key|MANIFEST_UNKNOWN.*OCI|does not support OCI|unsupported manifest/i,
    'VN-VCH-IMAGE-SCHEMA',
    SCHEMA_REASON,
  ],
  [/whitelist mode/i, 'VN-VCH-IMAGE-DENIED', 'The VCH is in whitelist mode and this registry is not on its list.'],
  [/access denied|unauthorized|authentication required/i, 'VN-VCH-IMAGE-DENIED'],
  [
    /tag \S+ not found|manifest unknown|MANIFEST_UNKNOWN|manifest for .* not found|no such image|repository .* not found/i,
    'VN-VCH-IMAGE-MISSING',
  ],
  [/x509|certificate/i, 'VN-VCH-PULL-FAILED', 'The VCH does not trust the certificate of the registry.'],
]

/** @returns undefined for answers that are not about pulling */
export function explainPull(failure: ApiFailure, reference: string): VicnfsError | undefined {
  const ofServer =
    failure.isHtml || /page not found|invalid host header|dial tcp (127\.|localhost)/i.test(failure.message)
  return ofServer ? undefined : pullError(failure, reference)
}

/** What a pull was answered with, as an error of ours. */
export function pullError(failure: ApiFailure, reference: string): VicnfsError {
  const {message, status} = failure
  const [, code, reason] = RULES.find(([pattern]) => pattern.test(message)) ?? []
  const text = `Image ${reference} could not be pulled: ${sentence(message)}`
  return new VicnfsError(code ?? (isMissing(failure) ? 'VN-VCH-IMAGE-MISSING' : 'VN-VCH-PULL-FAILED'), text, {
    details: {image: reference, answer: message, status},
    ...(reason === undefined ? {} : {reason}),
  })
}
