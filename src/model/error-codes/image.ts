import type {ErrorSpec} from './spec.js'

/** Trouble in building the server image and in pushing it to a registry. */
export const IMAGE_ERRORS = {
  'VN-IMAGE-REFERENCE-BAD': {
    kind: 'usage',
    summary: 'An image cannot have this name.',
    cause: 'A name is [registry[:port]/]path[:tag], in lower case.',
  },
  'VN-IMAGE-ENGINE': {
    kind: 'usage',
    summary: 'The Docker API that was found can neither build nor push images.',
    cause: 'It belongs to a VCH, and VIC implements neither; a local Docker Engine is needed.',
  },
  'VN-IMAGE-CONTEXT-MISSING': {
    kind: 'failed',
    summary: 'The files that the server image is built from are not there.',
    cause: 'The installation of vicnfs is incomplete: its folder "image" is missing.',
  },
  'VN-IMAGE-BUILD-FAILED': {
    kind: 'failed',
    summary: 'The Docker Engine could not build the server image.',
    cause: 'A step of the Dockerfile failed; the last lines of its output say why.',
  },
  'VN-IMAGE-UNKNOWN': {
    kind: 'failed',
    summary: 'The Docker Engine has no such image.',
    cause: 'It was not built yet, or has another tag.',
  },
  'VN-REGISTRY-LOGIN-BAD': {
    kind: 'failed',
    summary: "Docker's own credentials cannot be read.",
    cause: "docker's config.json is damaged, or the credential helper that it names is missing or failed.",
  },
  'VN-REGISTRY-UNAUTHORISED': {
    kind: 'failed',
    summary: 'The registry wants a login, or does not accept the one that it got.',
    cause: "There is no login for this registry in docker's config, or user name and password are wrong.",
  },
  'VN-REGISTRY-DENIED': {
    kind: 'failed',
    summary: 'The registry does not let this user push there.',
    cause: 'The project does not exist, or the user may only read in it.',
  },
  'VN-REGISTRY-UNREACHABLE': {
    kind: 'failed',
    summary: 'The Docker Engine does not reach the registry.',
    cause: 'The name is misspelt, the registry is down, or a firewall or proxy is in between.',
  },
  'VN-REGISTRY-TLS': {
    kind: 'failed',
    summary: 'The Docker Engine and the registry do not agree on TLS.',
    cause: 'The registry speaks plain HTTP, or its certificate is one that the Engine does not trust.',
  },
  'VN-REGISTRY-REFUSED': {
    kind: 'failed',
    summary: 'The image could not be pushed.',
    cause: 'The sentence is the own one of the registry or the Engine.',
  },
} as const satisfies Record<string, ErrorSpec>
