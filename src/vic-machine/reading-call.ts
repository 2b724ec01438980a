import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {redact} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {vicMachineEnvironment} from './command-line.js'
import {locateVicMachine, vicMachineUnstartable} from './locate-vic-machine.js'
import {parseLogLines} from './log-line.js'
import {ENDABLE, orEnd} from './or-end.js'
import {findRefusal, redactRefusal} from './refusal.js'
import type {VicMachineCallOptions, VicMachineSettings} from './vic-machine-api.js'

/** vic-machine's own limit is three minutes; it is meant for changes. */
const DEFAULT_TIMEOUT_MS = 120_000

/**
 * Runs a call that changes nothing, in a private folder of its own that is removed afterwards (it gets vic-machine.log),
 * without stdin, with a clean environment. Such a call may be ended at any time.
 * @returns stdout, when vic-machine ended with exit code 0
 * @throws signal.reason, VN-VICMACHINE-MISSING, -TIMEOUT, -FAILED, or the code of a refusal that is known
 */
export async function readingCall(
  settings: VicMachineSettings,
  args: readonly string[],
  {signal, timeoutMs = DEFAULT_TIMEOUT_MS}: VicMachineCallOptions = {},
): Promise<string> {
  signal?.throwIfAborted()
  const program = await locateVicMachine(settings.path)
  const {execa} = await import('execa')
  const folder = await mkdtemp(join(tmpdir(), 'vicnfs-'))
  try {
    const running = execa(program, args, {
      ...ENDABLE,
      cwd: folder,
      env: vicMachineEnvironment(settings),
      extendEnv: false,
      stdin: 'ignore',
      // Signals are the business of the command; execa would listen to them, too.
      cleanup: false,
      reject: false,
      stripFinalNewline: false,
    })
    const result = await orEnd(running, running, {signal, timeoutMs})
    signal?.throwIfAborted()
    if (result === undefined) throw tooLong(args, timeoutMs)
    const {stdout, stderr, exitCode, code} = result
    if (exitCode === undefined && code !== undefined) throw vicMachineUnstartable(program, code)
    const failure = failureOf(args, {stdout, stderr, exitCode, signal: result.signal, secrets: [settings.password]})
    if (failure !== undefined) throw failure
    // Taken as it is: redaction could change the name of a store. Only errors are redacted.
    return stdout
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly secrets: readonly string[]
}

/** The error that an ended reading call amounts to; exit code 0 stands for usage errors, too. */
export function failureOf(args: readonly string[], ended: Ended): VicnfsError | undefined {
  const {stdout, stderr, exitCode} = ended
  const lines = [...parseLogLines(stdout), ...parseLogLines(stderr)]
  const isUsageError = /^Incorrect Usage[:.] /m.test(stdout)
  if (exitCode === 0 && !isUsageError && stdout.trim() !== '') return undefined
  const command = args.slice(0, args[1] === 'config' ? 2 : 1).join(' ')
  if (lines.some((line) => / failed: \S+ timed out/.test(line.text))) return tooLong(args)
  const refusal = findRefusal(lines)
  if (refusal !== undefined) {
    const {code, message, reason, tries} = redactRefusal(refusal, ended.secrets)
    return new VicnfsError(code, message, {
      ...(reason === undefined ? {} : {reason}),
      ...(tries === undefined ? {} : {tries}),
    })
  }
  if (exitCode === 0 && `${stdout}${stderr}`.trim() === '') {
    return new VicnfsError(
      'VN-VICMACHINE-TARGET-INVALID',
      `vic-machine ${command} ended at once without a word, as it does when its target cannot be parsed.`,
    )
  }
  const said = lines
    .filter((line) => line.level === 'error' && !/^-*$/.test(line.text))
    .map((line) => redact(line.text, ended.secrets))
  const plain = lines.find((line) => line.text.trim() !== '')?.text ?? ''
  const words = said[0] ?? redact(plain, ended.secrets)
  const what = words === '' ? 'without a word' : `saying: ${words.split('\n')[0]?.replace(/\.$/, '')}`
  const how = ended.signal ?? `exit code ${exitCode ?? 'unknown'}`
  return new VicnfsError('VN-VICMACHINE-FAILED', `vic-machine ${command} failed (${how}) ${what}.`, {
    details: {errorLines: said},
  })
}

function tooLong(args: readonly string[], timeoutMs?: number): VicnfsError {
  const limit = timeoutMs === undefined ? '' : ` within ${Math.round(timeoutMs / 1000)} s`
  return new VicnfsError('VN-VICMACHINE-TIMEOUT', `vic-machine ${args[0] ?? ''} gave no answer${limit}.`)
}
