import {formatVicVersion, parseVicVersion} from '../model/vic-version.js'
import {parseLogLines} from './log-line.js'
import {unreadable} from './unreadable.js'
import type {VchInspection} from './vic-machine-api.js'

/**
 * Reads what plain `inspect` prints of a VCH that is on.
 * @throws VN-VICMACHINE-UNREADABLE when id, version or DOCKER_HOST are missing
 */
export function parseInspectOutput(stdout: string): VchInspection {
  const texts = parseLogLines(stdout).map((line) => line.text.trim())
  const id = valueOf(texts, /^VCH ID: (?:VirtualMachine:)?(\S+)$/)
  const vchVersion = versionOf(valueOf(texts, /^VCH version: (\S+)$/))
  const installerVersion = versionOf(valueOf(texts, /^Installer version: (\S+)$/))
  const dockerHost = valueOf(texts, /(?:^|\s)DOCKER_HOST=(\S+)/)
  if (id === undefined) throw unreadable('inspect', missing('VCH ID', texts))
  if (vchVersion === undefined) throw unreadable('inspect', missing('VCH version', texts))
  if (installerVersion === undefined) throw unreadable('inspect', missing('Installer version', texts))
  if (dockerHost === undefined) throw unreadable('inspect', missing('DOCKER_HOST', texts))
  const publishedAt = texts.indexOf('Published ports can be reached at:')
  const publishedAddress = publishedAt < 0 ? undefined : texts[publishedAt + 1]
  return {
    id,
    vchVersion,
    installerVersion,
    dockerHost,
    ...(publishedAddress === undefined || publishedAddress === '' ? {} : {publishedAddress}),
  }
}

function valueOf(texts: readonly string[], pattern: RegExp): string | undefined {
  for (const text of texts) {
    const value = pattern.exec(text)?.[1]
    if (value !== undefined) return value
  }
  return undefined
}

function versionOf(text: string | undefined): string | undefined {
  const version = text === undefined ? undefined : parseVicVersion(text)
  return version === undefined ? undefined : formatVicVersion(version)
}

/** The line that should have told it, else the last one. */
function missing(what: string, texts: readonly string[]): string {
  return texts.find((text) => text.includes(what)) ?? `no ${what} (last line: ${texts.at(-1) ?? ''})`
}
