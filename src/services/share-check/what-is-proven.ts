import {posix} from 'node:path'
import {shellQuote} from '../../model/redaction.js'
import {shareUrl, usualLabel} from '../../model/share.js'
import type {VchPreflightReport} from './report.js'

/** What a passed check says about the VCH, what it leaves open, and what to do next. */
export interface ProvenFromVch {
  readonly proven: readonly string[]
  readonly notProven: readonly string[]
  readonly next: string
}

const passed = (report: VchPreflightReport, id: string): boolean =>
  report.rungs.some((rung) => rung.id === id && rung.state === 'passed')

function provenBy(report: VchPreflightReport): string[] {
  const {network, vch, uid, gid, readOnly} = report
  const calls = readOnly ? 'the calls of a booting VCH that change nothing' : 'all calls of a booting VCH'
  return [
    `containers of ${vch} on "${network}" reach the server, which answers ${calls}`,
    ...(passed(report, 'kernel-mount') ? ["their kernel mounts the store's folder with VIC's own options"] : []),
    ...(passed(report, 'kernel-write') ? [`a file is written, read back and removed as uid ${uid}, gid ${gid}`] : []),
  ]
}

/** Why the kernel's rungs were left out, once. */
function unprovenKernel(report: VchPreflightReport): string[] {
  const skipped = report.rungs.find(({id, state}) => id === 'kernel-mount' && state === 'skipped')
  if (skipped === undefined || report.readOnly) return []
  const why = skipped.finding.replace(/^not proven here: /, '')
  return [`that a container's kernel mounts the share and writes to it: ${why}`]
}

function unprovenBy(report: VchPreflightReport): string[] {
  const {onEngine, network, readOnly, vch} = report
  if (onEngine) return [`anything about a VCH: ${vch} is a plain Docker Engine`, ...unprovenKernel(report)]
  const from =
    network === 'bridge'
      ? 'that the endpoint VM itself reaches the server: the container left through it, with its address, but not from it'
      : `that the endpoint VM itself, or a container on another network than "${network}", reaches the server`
  return [
    ...unprovenKernel(report),
    ...(readOnly ? ["that the store's uid may write"] : []),
    from,
    'that the server is there when the VCH boots next',
  ]
}

export function whatIsProven(report: VchPreflightReport): ProvenFromVch {
  const url = shareUrl(report)
  const whole = ['vicnfs', 'preflight', url, '--from', 'vch']
  const next = report.onEngine
    ? [...whole, '--consumer-host', 'VCH']
    : report.readOnly
      ? whole
      : ['vicnfs', 'register-store', usualLabel(posix.basename(report.path)), '--url', url]
  return {proven: provenBy(report), notProven: unprovenBy(report), next: shellQuote(next)}
}
