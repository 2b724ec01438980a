import {setTimeout as delay} from 'node:timers/promises'
import type {StepHandle} from '../../engine/work.js'
import {formatDuration} from '../../model/duration.js'
import {LABELS, PORTMAP_PORT, ROLE_CHECK, shareUrl} from '../../model/share.js'
import {isVicnfsError, VicnfsError} from '../../model/vicnfs-error.js'
import type {ShareAddress} from '../../nfs/preflight/report.js'
import type {ContainerRequest, VchApi} from '../../vch/vch-api.js'
import {oneShotLabels} from '../one-shot.js'

/** The kernel's mount needs it on a plain Docker Engine; a VCH ignores it (DESIGN § 5). */
const ENGINE_CAPABILITIES = ['SYS_ADMIN']
const LOG_LINES = 200
const LOOK_INTERVAL_MS = 500
/** Exit code of a command that is not there. */
const NO_PROGRAM = 127

export interface CheckContainer {
  readonly place: ShareAddress
  readonly image: string
  /** Absent: the bridge of the VCH. */
  readonly network?: string
  readonly readOnly: boolean
  /** Operations on files of the share, in place of the ladder. */
  readonly files?: readonly string[]
  readonly stepTimeoutMs: number
  readonly portmapPort: number
  readonly onEngine: boolean
  /** Of this run: by it the container is found again. */
  readonly run: string
}

export const checkName = (run: string): string => `vicnfs-check-${run}`

function requestOf(check: CheckContainer): ContainerRequest {
  const {place, image, network, run, portmapPort} = check
  const seconds = String(Math.max(1, Math.round(check.stepTimeoutMs)) / 1000)
  const ladder = ['--json', ...(check.readOnly ? ['--read-only'] : []), '--timeout', seconds, shareUrl(place)]
  const files = ['--timeout', seconds, '--files', shareUrl(place), ...(check.files ?? [])]
  return {
    name: checkName(run),
    image,
    command: ['share-check', ...(check.files === undefined ? ladder : files)],
    labels: {...oneShotLabels(ROLE_CHECK), [LABELS.run]: run},
    ...(portmapPort === PORTMAP_PORT ? {} : {env: {VICNFS_PORTMAP_PORT: String(portmapPort)}}),
    ...(network === undefined ? {} : {network}),
    ...(check.onEngine ? {capabilities: ENGINE_CAPABILITIES} : {}),
  }
}

export function noProgram(image: string, cause?: unknown): VicnfsError {
  return new VicnfsError('VN-CHECK-NO-PROGRAM', `The image "${image}" has no share-check.`, {
    details: {image},
    ...(cause === undefined ? {} : {cause}),
  })
}

/** A start that failed because the image has no such program, in a VCH's words or in an Engine's. */
function asNoProgram(error: unknown, image: string): unknown {
  if (!isVicnfsError(error) || error.code !== 'VN-VCH-START-FAILED') return error
  const missing = /share-check.*(no such executable|executable file not found|no such file)/i.test(error.message)
  return missing ? noProgram(image, error) : error
}

function asNotEnded(error: unknown, run: string, timeoutMs: number): unknown {
  if (!isVicnfsError(error) || error.code !== 'VN-VCH-TIMEOUT') return error
  const message = `The container "${checkName(run)}" has not ended within ${formatDuration(timeoutMs)}.`
  return new VicnfsError('VN-CHECK-NOT-ENDED', message, {details: {timeoutMs}, cause: error})
}

/** Looks at the log again and again: a VCH cuts a log that is followed off without a word (facts/vch-docker-api.md § 3.7). */
async function watchLog(api: VchApi, id: string, options: {signal: AbortSignal; onLog: (log: string) => void}) {
  const {signal, onLog} = options
  for (;;) {
    // eslint-disable-next-line vicnfs/heeds-stop -- the end of the container ends the watch, too; whoever waits for it heeds Ctrl-C
    const log = await api.containerLogs(id, {signal, tailLines: LOG_LINES}).catch(() => '')
    if (signal.aborted) return
    onLog(log)
    // eslint-disable-next-line vicnfs/heeds-stop -- looked at when the loop comes round
    await delay(LOOK_INTERVAL_MS, undefined, {signal}).catch(() => undefined)
  }
}

/**
 * Runs share-check in a container of its own to its end; removing it is the caller's.
 * @returns exit code and whole log; `onLog` gets the log as far as it has come, again and again
 * @throws VN-CHECK-NO-PROGRAM, VN-CHECK-NOT-ENDED after `timeoutMs`, VN-VCH-…
 */
export async function runCheckContainer(
  api: VchApi,
  check: CheckContainer,
  options: {
    readonly step: Pick<StepHandle, 'signal'>
    readonly timeoutMs: number
    readonly onLog: (log: string) => void
  },
): Promise<{readonly exitCode: number; readonly log: string}> {
  const {step, timeoutMs, onLog} = options
  const {signal} = step
  // Not cut off by Ctrl-C: a VCH would make the container all the same, after we have looked for it.
  const id = await api.createContainer(requestOf(check))
  signal.throwIfAborted()
  await api.startContainer(id, {signal}).catch((error: unknown) => {
    throw asNoProgram(error, check.image)
  })
  const ended = new AbortController()
  const watching = watchLog(api, id, {signal: AbortSignal.any([signal, ended.signal]), onLog})
  try {
    const exitCode = await api.waitContainer(id, {signal, timeoutMs})
    if (exitCode === NO_PROGRAM) throw noProgram(check.image)
    return {exitCode, log: await api.containerLogs(id, {signal, tailLines: LOG_LINES})}
  } catch (error) {
    throw asNotEnded(error, check.run, timeoutMs)
  } finally {
    ended.abort()
    await watching
  }
}
