import {access, constants, stat} from 'node:fs/promises'
import {arch, platform, release} from 'node:os'
import path from 'node:path'
import type {Check} from '../../model/check.js'
import {locksNow} from '../../journal/lock-sight.js'
import {holderText} from '../../journal/lock-words.js'
import {shellQuote} from '../../model/redaction.js'
import {supportedTraits} from '../registration/releases.js'
import type {ExamineContext} from './context.js'
import {check, failed, ok, sentenceOf, warning, type Verdict} from './verdict.js'

/** As package.json has it. */
export const OLDEST_NODE = '20.19'

const numbersOf = (version: string): number[] => version.replace(/^v/, '').split('.').map(Number)

export function nodeVerdict(version: string): Verdict {
  const [major = 0, minor = 0] = numbersOf(version)
  const [leastMajor = 0, leastMinor = 0] = numbersOf(OLDEST_NODE)
  const isNew = major > leastMajor || (major === leastMajor && minor >= leastMinor)
  return isNew
    ? ok(`Node.js ${version}.`)
    : failed(`Node.js ${version} is too old.`, {advice: `Install Node.js ${OLDEST_NODE} or newer.`})
}

/** The folder itself, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  const parent = path.dirname(folder)
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  return isThere || parent === folder ? folder : nearest(parent)
}

async function stateVerdict(folder: string): Promise<Verdict> {
  const found = await nearest(folder)
  const isWritable = await access(found, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isWritable) {
    return failed(
      `${found} may not be written by this user, so nothing can be journalled or locked, and nothing changed.`,
      {
        code: 'VN-JOURNAL-UNWRITABLE',
        fix: ['export VICNFS_STATE_DIR=/path/to/a/folder/of/yours'],
      },
    )
  }
  if (found !== folder) return ok(`${folder} is made at the first change.`)
  const isOpen = process.platform !== 'win32' && ((await stat(folder)).mode & 0o077) !== 0
  return isOpen
    ? warning(`${folder} can be looked into by others on this machine.`, {fix: [shellQuote(['chmod', '0700', folder])]})
    : ok(`${folder} is private and can be written.`)
}

async function journalVerdict({adapters}: ExamineContext): Promise<Verdict> {
  const {entries, problems} = await adapters.journal.read()
  const {length} = entries
  const read = `${length} ${length === 1 ? 'entry' : 'entries'} in ${adapters.journal.file}`
  const [first] = problems
  if (first === undefined) return ok(`${read}.`)
  const lines = problems.length === 1 ? 'One line' : `${problems.length} lines`
  return warning(`${read}. ${lines} cannot be used, such as line ${first.line}: ${first.reason}.`, {
    advice:
      'A run that was killed leaves half a line, which harms nobody. Anything else was changed by hand or written by a newer vicnfs.',
  })
}

/** Who has something locked on this machine, and what nobody takes over (S7). */
async function locksVerdict({adapters}: ExamineContext): Promise<Verdict> {
  const locks = await locksNow(adapters.stateDirectory)
  const odd = locks.find(({holder, gone, outOfSight}) => holder === undefined || (!gone && outOfSight !== undefined))
  if (odd !== undefined) {
    const {holder, outOfSight, files} = odd
    const evidence =
      holder === undefined
        ? `${files.join(' ')} is not one that vicnfs wrote, so it cannot be told who holds it.`
        : `${holderText(holder)}. ${outOfSight ?? ''}, so whether it still works cannot be seen from here.`
    const advice = 'Nothing takes this lock over: remove it only when nobody works on that VCH for certain.'
    return warning(evidence, {code: 'VN-JOURNAL-LOCKED', advice, fix: [shellQuote(['rm', ...files])]})
  }
  const told = locks.map(({holder, gone}) => {
    const who = holder === undefined ? '' : holderText(holder)
    return gone ? `left by ${who}, which is gone: the next run takes it over` : `held by ${who}`
  })
  return ok(
    told.length === 0 ? 'None is held.' : sentenceOf(told.join('; ')).replace(/^./, (first) => first.toUpperCase()),
  )
}

async function dockerVerdict(environment: ExamineContext['environment']): Promise<Verdict> {
  for (const folder of (environment['PATH'] ?? '').split(path.delimiter).filter((each) => each !== '')) {
    const file = path.join(folder, process.platform === 'win32' ? 'docker.exe' : 'docker')
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return ok(`${file}.`)
  }
  return ok('Not there, and not needed: vicnfs speaks to the Docker API itself.')
}

/** Tools and versions of this machine. */
export async function examineTools(context: ExamineContext): Promise<Check[]> {
  const {options, adapters, sights, environment} = context
  return Promise.all([
    check('tools.node', 'Node.js', () => nodeVerdict(process.version)),
    check('tools.vicnfs', 'vicnfs', () => ok(`vicnfs ${options.version} on ${platform()} ${release()} (${arch()}).`)),
    check('tools.state', 'Journal folder', () => stateVerdict(adapters.stateDirectory)),
    check('tools.journal', 'Journal', () => journalVerdict(context)),
    check('tools.locks', 'Locks', () => locksVerdict(context)),
    check('tools.vic-machine', 'vic-machine', async () => {
      const {path: program, version} = await sights.installer()
      supportedTraits(version, 'vic-machine')
      return ok(`${program} of VIC ${version}.`)
    }),
    check('tools.docker', 'docker CLI', () => dockerVerdict(environment)),
  ])
}
