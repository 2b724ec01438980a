import type {ErrorSpec} from './spec.js'

/** Trouble in building the server image and in pushing it to a registry. */
export const IMAGE_ERRORS = {
  'VN-IMAGE-REFERENCE-BAD': {
    kind: 'usage',
    summary: 'An image cannot have this name.',
    cause: 'A name is [registry[:port]/]path[:tag], in lower case.',
    remedy: 'Take a name such as registry.example.com/nfs-server:0.1.',
  },
  'VN-IMAGE-ENGINE': {
    kind: 'usage',
    summary: 'The Docker API that was found can neither build nor push images.',
    cause: 'It belongs to a VCH, and VIC implements neither; a local Docker Engine is needed.',
    remedy: 'Point --host or --context at a Docker Engine, such as --host unix:///var/run/docker.sock.',
  },
  'VN-IMAGE-CONTEXT-MISSING': {
    kind: 'failed',
    summary: 'The files that the server image is built from are not there.',
    cause: 'The installation of vicnfs is incomplete: its folder "image" is missing.',
    remedy: 'Install vicnfs again as a whole, with its folder "image".',
  },
  'VN-IMAGE-BUILD-FAILED': {
    kind: 'failed',
    summary: 'The Docker Engine could not build the server image.',
    cause: 'A step of the Dockerfile failed; the last lines of its output say why.',
    remedy: 'Mend what the last lines of the output name; without access to Debian, name a mirror with --base.',
  },
  'VN-IMAGE-UNKNOWN': {
    kind: 'failed',
    summary: 'The Docker Engine has no such image.',
    cause: 'It was not built yet, or has another tag.',
    remedy: 'Build the image first with vicnfs image build, or give the tag that it has.',
  },
  'VN-REGISTRY-LOGIN-BAD': {
    kind: 'failed',
    summary: "Docker's own credentials cannot be read.",
    cause: "docker's config.json is damaged, or the credential helper that it names is missing or failed.",
    remedy: "Mend docker's config.json or the credential helper that it names, or log in again with docker login.",
  },
  'VN-REGISTRY-UNAUTHORISED': {
    kind: 'failed',
    summary: 'The registry wants a login, or does not accept the one that it got.',
    cause: "There is no login for this registry in docker's config, or user name and password are wrong.",
    remedy: 'Log in with docker login, or give user name and password to image push.',
  },
  'VN-REGISTRY-DENIED': {
    kind: 'failed',
    summary: 'The registry does not let this user push there.',
    cause: 'The project does not exist, or the user may only read in it.',
    remedy: 'Create the project in the registry, or log in as a user who may push there.',
  },
  'VN-REGISTRY-UNREACHABLE': {
    kind: 'failed',
    summary: 'The Docker Engine does not reach the registry.',
    cause: 'The name is misspelt, the registry is down, or a firewall or proxy is in between.',
    remedy: 'Check the name of the registry, and reach it from the machine of the Docker Engine.',
  },
  'VN-REGISTRY-TLS': {
    kind: 'failed',
    summary: 'The Docker Engine and the registry do not agree on TLS.',
    cause: 'The registry speaks plain HTTP, or its certificate is one that the Engine does not trust.',
    remedy:
      'Give the authority of its certificate to the Engine, or list a registry in plain HTTP under "insecure-registries".',
  },
  'VN-REGISTRY-REFUSED': {
    kind: 'failed',
    summary: 'The image could not be pushed.',
    cause: 'The sentence is the own one of the registry or the Engine.',
    remedy:
      'Do what the sentence of the registry asks for, then push again: layers that are there already are not sent twice.',
  },
} as const satisfies Record<string, ErrorSpec>
