import {parsePrintedStore} from '../model/volume-store.js'
import {parseLogLines} from './log-line.js'
import {unreadable} from './unreadable.js'
import type {VchConfiguration} from './vic-machine-api.js'

/** First words of the one message that holds the options: from 1.4.0 on, and before. */
const VERBOSE = /^(?:The target VCH is configured|Target VCH created) with the following options: *\n/
const OPTION = /^--([a-z][a-z0-9-]*)=(.*)$/s

/**
 * Reads what `inspect config` prints. The verbose form is exact, since each option stands on a line of its own; the raw
 * form separates options by single blanks, so a value with ` --name=` in it would be cut (facts/vic-machine.md § 5).
 * @throws VN-VICMACHINE-UNREADABLE when any part is not understood (S2), VN-STORE-UNRESTATABLE
 */
export function parseConfigurationOutput(stdout: string): VchConfiguration {
  const messages = parseLogLines(stdout)
  const verbose = messages.find((line) => line.level !== 'plain' && VERBOSE.test(line.text))
  return verbose === undefined ? parseRaw(messages.map((line) => line.text)) : parseVerbose(verbose.text)
}

function parseVerbose(text: string): VchConfiguration {
  const [intro = '', ...items] = text.split('\n\t')
  if (!/:\s*$/.test(intro)) throw unreadable('inspect config', intro)
  return configurationOf(items.map((item) => item.replace(/\n\s*$/, '')))
}

function parseRaw(texts: readonly string[]): VchConfiguration {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('--'))
  const [line] = lines
  if (line === undefined || lines.length > 1) throw unreadable('inspect config', lines[1] ?? texts[0] ?? '')
  return configurationOf(line.trimEnd().split(/ (?=--[a-z][a-z0-9-]*=)/))
}

function configurationOf(items: readonly string[]): VchConfiguration {
  const all = items.map((item) => {
    const [, name, value] = OPTION.exec(item) ?? []
    if (name === undefined || value === undefined || value.includes('\n')) throw unreadable('inspect config', item)
    return {name, value}
  })
  // Every VCH has a target; without it the list was cut.
  if (!all.some((option) => option.name === 'target')) throw unreadable('inspect config', items[0] ?? '')
  const stores = all.filter((option) => option.name === 'volume-store').map((option) => parsePrintedStore(option.value))
  const labels = stores.map((store) => store.label)
  const repeated = labels.find((label, index) => labels.indexOf(label) !== index)
  if (repeated !== undefined) throw unreadable('inspect config', `the volume store label ${repeated} twice`)
  const options = all.filter((option) => option.name !== 'volume-store')
  const name = options.find((option) => option.name === 'name')?.value
  return {...(name === undefined ? {} : {name}), stores, options}
}
