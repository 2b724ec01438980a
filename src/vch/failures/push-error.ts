import type {ErrorCode} from '../../model/error-table.js'
import {imageReferenceText, type ImageReference} from '../../model/image-reference.js'
import {shellQuote} from '../../model/redaction.js'
import {SERVER_IMAGE} from '../../model/server-image.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import {sentence} from './general-error.js'

type Rule = readonly [pattern: RegExp, code: ErrorCode, reason?: string]

/** Texts of dockerd, and of registries as it passes them on; the first match counts. */
const RULES: readonly Rule[] = [
  [/image does not exist locally|no such image/i, 'VN-IMAGE-UNKNOWN'],
  [
    /server gave HTTP response to HTTPS client/i,
    'VN-REGISTRY-TLS',
    'The registry speaks plain HTTP: put it behind TLS, or name it under "insecure-registries" of the Docker Engine.',
  ],
  [
    /x509|certificate|tls: /i,
    'VN-REGISTRY-TLS',
    'Give the certificate of its authority to the Engine: /etc/docker/certs.d/<registry>/ca.crt.',
  ],
  [
    /no basic auth credentials|authentication required|\bunauthorized\b|incorrect username or password/i,
    'VN-REGISTRY-UNAUTHORISED',
  ],
  [/\bdenied\b|insufficient_scope|forbidden/i, 'VN-REGISTRY-DENIED'],
  [
    /no such host|server misbehaving|temporary failure in name resolution/i,
    'VN-REGISTRY-UNREACHABLE',
    'DNS does not know its name.',
  ],
  [
    /connection refused|no route to host|network is unreachable|i\/o timeout|connection reset|deadline exceeded|request canceled|\bEOF\b/i,
    'VN-REGISTRY-UNREACHABLE',
  ],
]

/** An image that has to be there first. */
export function unknownImage(name: string): VicnfsError {
  const build = ['vicnfs', 'image', 'build', ...(name === SERVER_IMAGE ? [] : ['--tag', name])]
  return new VicnfsError('VN-IMAGE-UNKNOWN', `The Docker Engine has no image ${name}.`, {
    tries: [shellQuote(build)],
    details: {image: name},
  })
}

/** What a push was answered with, as an error of ours; `message` must hold no secret any more. */
export function pushError(message: string, reference: ImageReference): VicnfsError {
  const [, code, reason] = RULES.find(([pattern]) => pattern.test(message)) ?? []
  const name = imageReferenceText(reference)
  const wantsLogin = code === 'VN-REGISTRY-UNAUTHORISED' || code === 'VN-REGISTRY-DENIED'
  return new VicnfsError(code ?? 'VN-REGISTRY-REFUSED', `Image ${name} was not pushed: ${sentence(message)}`, {
    details: {image: name, registry: reference.registry, answer: message},
    ...(reason === undefined ? {} : {reason}),
    ...(wantsLogin ? {tries: [loginCommand(reference)]} : {}),
  })
}

/** The login of docker itself, which is kept where vicnfs looks. */
function loginCommand({registry}: ImageReference): string {
  return shellQuote(['docker', 'login', ...(registry === 'docker.io' ? [] : [registry])])
}
