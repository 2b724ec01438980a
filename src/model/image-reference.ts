import {VicnfsError} from './vicnfs-error.js'

/** A name of an image, with the registry that a short one leaves out. */
export interface ImageReference {
  /** Host and port; `docker.io` for names that say none. */
  readonly registry: string
  /** Without registry and tag; official images are below `library/`. */
  readonly path: string
  /** undefined where none is said: docker means `latest` then. */
  readonly tag?: string
}

const DOCKER_HUB = 'docker.io'
/** Under this key docker keeps the login for Docker Hub, for historical reasons. */
const DOCKER_HUB_LOGIN = 'https://index.docker.io/v1/'

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const REGISTRY = new RegExp(String.raw`^(?:${LABEL}(?:\.${LABEL})*|\[[0-9a-fA-F:]+\])(?::\d+)?$`)
const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/

/**
 * Reads a name of an image as docker does (the grammar of distribution/reference): its first part is a registry when it
 * has a dot or a colon in it, or is `localhost`.
 * @throws VN-IMAGE-REFERENCE-BAD, also for a digest: an image is built and pushed by its tag
 */
export function parseImageReference(text: string): ImageReference {
  if (text.includes('@')) throw bad(text, 'It has a digest; an image is built and pushed under a tag.')
  if (text.includes('://')) throw bad(text, 'It begins with a scheme; a registry is named by host and port only.')
  const [first = '', ...others] = text.split('/')
  const hasRegistry = others.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const rest = hasRegistry ? others.join('/') : text
  const [name, tag] = splitTag(rest)
  const registry = hasRegistry ? first.replace(/^index\.docker\.io$/, DOCKER_HUB) : DOCKER_HUB
  if (!REGISTRY.test(registry)) throw bad(text, `"${registry}" is no host name.`)
  if (!name.split('/').every((part) => PART.test(part))) {
    throw bad(text, 'Its parts are lower-case letters and digits, with single dots, underscores or dashes between.')
  }
  if (tag !== undefined && !TAG.test(tag)) throw bad(text, `"${tag}" is no tag.`)
  const path = registry === DOCKER_HUB && !name.includes('/') ? `library/${name}` : name
  return {registry, path, ...(tag === undefined ? {} : {tag})}
}

/** The reference as docker takes and shows it: Docker Hub is left out, a tag is always there. */
export function imageReferenceText({registry, path, tag = 'latest'}: ImageReference): string {
  const short = registry === DOCKER_HUB ? path.replace(/^library\//, '') : `${registry}/${path}`
  return `${short}:${tag}`
}

/** The key of a registry in docker's config.json, and what its credential helpers are asked for. */
export function loginKey(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_LOGIN : registry
}

function splitTag(text: string): [name: string, tag: string | undefined] {
  const colon = text.indexOf(':')
  return colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

function bad(text: string, reason: string): VicnfsError {
  return new VicnfsError('VN-IMAGE-REFERENCE-BAD', `"${text}" is not a name that an image can be tagged with.`, {
    reason,
  })
}
