import type {ErrorCode} from '../../model/error-table.js'
import {VicnfsError} from '../../model/vicnfs-error.js'
import type {ContainerRequest} from '../vch-api.js'
import {isMissing, type ApiFailure} from './api-failure.js'
import {sentence} from './general-error.js'

type Rule = readonly [pattern: RegExp, code: ErrorCode, reason?: string]

/** Texts of facts/vch-docker-api.md § 3.1; the first match counts. */
const CREATE_RULES: readonly Rule[] = [
  [/no such image/i, 'VN-VCH-IMAGE-MISSING', 'The VCH has not pulled it.'],
  [/name ".*" is already in use/i, 'VN-VCH-NAME-TAKEN'],
  [/firewall configured (as|for)/i, 'VN-VCH-PORTS-CLOSED'],
  [
    /cannot set static IP/i,
    'VN-VCH-CONTAINER-REFUSED',
    'A fixed address needs a container network that was made with a gateway.',
  ],
  [/no volume store named/i, 'VN-VCH-STORE-UNKNOWN', 'A volume that does not exist is made in the store "default".'],
  [/container count exceeds|storage quota/i, 'VN-VCH-CONTAINER-REFUSED', 'A limit of the VCH is reached.'],
]

/** @returns undefined for answers of a server that is not well, which the general rules name better */
export function explainContainerCreate(failure: ApiFailure, request: ContainerRequest): VicnfsError | undefined {
  const {message} = failure
  const what = `Container ${request.name ?? `of ${request.image}`} was not made`
  const details = {answer: message, status: failure.status}
  const [, code, reason] = CREATE_RULES.find(([pattern]) => pattern.test(message)) ?? []
  if (code !== undefined) {
    return new VicnfsError(code, `${what}: ${sentence(message)}`, {details, ...(reason === undefined ? {} : {reason})})
  }
  const ofRequest =
    failure.status === 400 ||
    isMissing(failure) ||
    /\b(vic)?(network|address|ports?|bind|mount(ing|ed)?)\b/i.test(message)
  if (!ofRequest || isOfServer(failure)) return undefined
  return new VicnfsError('VN-VCH-CONTAINER-REFUSED', `${what}: ${sentence(message)}`, {details})
}

/** Answers that say nothing of the request: they belong to the general rules. */
function isOfServer({isHtml, message}: ApiFailure): boolean {
  return isHtml || /dial tcp|invalid host header|page not found|not yet implement|HTTPS server/i.test(message)
}

/** @returns undefined for answers of a server that is not well */
export function explainContainerStart(failure: ApiFailure, id: string): VicnfsError | undefined {
  if (isOfServer(failure)) return undefined
  const {message, status} = failure
  const what = `Container ${shortId(id)} did not start`
  const details = {answer: message, status, container: id}
  if (isMissing(failure)) return missingContainer(id)
  const volume = /device (\S+) in use/i.exec(message)?.[1]
  if (volume !== undefined) {
    const text = `${what}: volume ${volume} is attached to another running container.`
    return new VicnfsError('VN-VCH-VOLUME-BUSY', text, {details: {...details, volume}})
  }
  if (isMountTrouble(message)) return new VicnfsError('VN-VCH-MOUNT-FAILED', `${what}: ${sentence(message)}`, {details})
  if (/error mapping ports|port is already allocated|address already in use/i.test(message)) {
    const reason = 'Another container, or the endpoint VM itself, has one of its ports.'
    return new VicnfsError('VN-VCH-START-FAILED', `${what}: ${sentence(message)}`, {details, reason})
  }
  return new VicnfsError('VN-VCH-START-FAILED', `${what}: ${sentence(message)}`, {details})
}

/**
 * VIC does not say that a mount failed: the start just runs into its three-minute limit (vic#5819, #5946, #6009), or
 * the container VM powers itself off (vic#8597).
 */
function isMountTrouble(message: string): boolean {
  const waiting = /unable to wait for process launch status/i.test(message)
  if (waiting) return /deadline exceeded|timed? ?out|unexpectedly powered off/i.test(message)
  return /\bmount/i.test(message) && /nfs/i.test(message)
}

export function missingContainer(id: string): VicnfsError {
  return new VicnfsError('VN-VCH-CONTAINER-MISSING', `There is no container ${shortId(id)}.`, {
    details: {container: id},
  })
}

export function explainContainerRemove(failure: ApiFailure, id: string): VicnfsError | undefined {
  const {status, message} = failure
  if (status !== 409 && !/cannot remove a running container/i.test(message)) return undefined
  return new VicnfsError('VN-VCH-CONTAINER-RUNNING', `Container ${shortId(id)} was not removed: ${sentence(message)}`, {
    details: {container: id, answer: message},
  })
}

/** Ids are shown as docker shows them; names stay whole. */
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id
}
