import {readFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {checkPlace} from './check-place.js'
import {checkShare, type RungLine} from './check-share.js'
import {connectedTo} from './clients.js'
import {runFiles} from './files.js'
import {checkOwnExport} from './own-export.js'
import type {ShareCheckSettings} from './settings.js'
import {explain} from './trouble.js'
import {Visit} from './visit.js'

/** Exit codes of the image's share-check. */
const EXIT = {passed: 0, notMountable: 1, usage: 2, rungFailed: 5} as const
const DEFAULT_TIMEOUT = '5'

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(text: string): void {
  process.stderr.write(`share-check: error: ${text}\n`)
}

function rungText({state, title, durationMs, finding}: RungLine): string {
  return `${state}: ${title}${state === 'skipped' ? '' : ` (${durationMs} ms)`}: ${finding}`
}

interface Wish {
  readonly url: string | undefined
  /** Operations on files of the share, in place of the ladder. */
  readonly files?: readonly string[]
  readonly json: boolean
  readonly readOnly: boolean
  readonly timeoutMs: number
}

/** @throws Error in words that say what is wrong with the command line */
function wishOf(all: readonly string[]): Wish {
  const at = all.indexOf('--files')
  const words = at === -1 ? all : [...all.slice(0, at), ...all.slice(at + 1, at + 2)]
  const files = at === -1 ? {} : {files: all.slice(at + 2)}
  const {values, positionals} = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      json: {type: 'boolean', default: false},
      'read-only': {type: 'boolean', default: false},
      timeout: {type: 'string', default: DEFAULT_TIMEOUT},
    },
  })
  const timeoutMs = Math.round(Number(values.timeout) * 1000)
  if (!(timeoutMs > 0 && timeoutMs < 10_000_000)) throw new Error('--timeout wants a number of seconds above 0')
  if (positionals.length > 1) throw new Error('more than one URL')
  if (at !== -1 && positionals.length === 0) throw new Error('--files wants a URL')
  return {url: positionals[0], json: values.json, readOnly: values['read-only'], timeoutMs, ...files}
}

async function checkUrl(url: string, wish: Wish, settings: ShareCheckSettings): Promise<number> {
  const place = checkPlace(url)
  if (place === undefined) {
    complain('the URL must look like nfs://host/path?uid=0&gid=0')
    return EXIT.usage
  }
  const {readOnly, timeoutMs, json, files} = wish
  if (files !== undefined)
    return (await runFiles(place, settings, {words: files, timeoutMs, say})) ? EXIT.passed : EXIT.rungFailed
  const onRung = (rung: RungLine): void => say(json ? JSON.stringify({rung}) : rungText(rung))
  const report = await checkShare(place, settings, {readOnly, timeoutMs, onRung})
  if (json) say(JSON.stringify({report}))
  return report.passed ? EXIT.passed : EXIT.rungFailed
}

async function checkOwn(wish: Wish, settings: ShareCheckSettings): Promise<number> {
  try {
    say(`share-check: ${await checkOwnExport(settings, wish.timeoutMs)}`)
    return EXIT.passed
  } catch (error) {
    complain((error as Error).message)
    return EXIT.notMountable
  }
}

/** Where 2049 is taken, a server of the sandbox has another port, which its port mapper knows (DESIGN § 7). */
async function listClients({own, portmapPort}: ShareCheckSettings): Promise<number> {
  const {address} = own
  const timeoutMs = Number(DEFAULT_TIMEOUT) * 1000
  const visit = new Visit({host: address, portmapPort, sourceAddress: address, timeoutMs})
  try {
    const clients = await connectedTo({address, port: await visit.ask('nfsd')})
    for (const client of clients) say(client)
    return EXIT.passed
  } catch (error) {
    complain(explain(error, visit.standpoint()).finding)
    return EXIT.notMountable
  } finally {
    visit.close('mountd', 'nfsd')
  }
}

async function main(file: string, words: readonly string[]): Promise<number> {
  const settings = JSON.parse(readFileSync(file, 'utf8')) as ShareCheckSettings
  if (words.join(' ') === 'clients') return listClients(settings)
  let wish: Wish
  try {
    wish = wishOf(words)
  } catch (error) {
    complain((error as Error).message)
    return EXIT.usage
  }
  return wish.url === undefined ? checkOwn(wish, settings) : checkUrl(wish.url, wish, settings)
}

const [file = '', ...words] = process.argv.slice(2)
process.exitCode = await main(file, words)
