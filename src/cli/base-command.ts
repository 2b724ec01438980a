import {Command, Flags} from '@oclif/core'

import {EXCHANGE_CUT, type OnEvent, type WorkEvent} from '../model/event.js'
import {redactArgv, shellQuote} from '../model/redaction.js'
import {createTimings} from '../model/timings.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import {surviveClosedOutput} from './closed-output.js'
import {envelopeText, errorEnvelope, successEnvelope, type Envelope} from './envelope.js'
import {errorText} from './error-text.js'
import {lookOf, type Look} from './look.js'
import {createProgress, type Progress} from './progress.js'
import {ask} from './prompt.js'
import {reportedError} from './reported-error.js'
import {watchSignals, type SignalWatch} from './signals.js'
import {waterfall} from './waterfall.js'

/** A change that needs the operator's word. */
export interface ConsentQuestion {
  /** One sentence: what is about to be done. */
  readonly text: string
  /** What will be true afterwards, one line each. */
  readonly consequences: readonly string[]
  /** The flag that gives this consent beforehand, such as `yes`. */
  readonly flag: string
}

/** What a command gives to the service it calls. */
export interface ServiceTools {
  /** Aborted with VN-INTERRUPTED by Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
  readonly onEvent: OnEvent
  /** Resolves when consent was given by the flag, or by `yes` typed on a terminal. @throws VN-CONSENT-MISSING */
  readonly confirm: (question: ConsentQuestion) => Promise<void>
  /** Asks for a secret on a terminal, without echo; undefined without one, or when nothing was typed. */
  readonly askSecret: (prompt: string) => Promise<string | undefined>
  /** There is a terminal to ask on. */
  readonly interactive: boolean
  /** The command as typed up to its first flag, for the journal. */
  readonly command: string
}

export interface RunServiceOptions<R> {
  /** The result as text for stdout; an empty text prints nothing. */
  readonly render: (result: R) => string
  /** Exit code of a result that is not an error, such as 7 for drift. */
  readonly exitCode?: (result: R) => number
  /** Shows at the end, on stderr, how long each step took. */
  readonly showTimings?: boolean
  /** What the first Ctrl-C is answered with, for a command that makes nothing; empty: nothing is said. */
  readonly stopping?: string
}

/** What every command shares: --json, narration, signals, consents, errors and exit codes. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  static override baseFlags = {
    quiet: Flags.boolean({
      summary: 'Say nothing on the way, only the result',
      helpGroup: 'GLOBAL',
      exclusive: ['verbose'],
    }),
    verbose: Flags.boolean({summary: 'Say more on the way, and where an error came from', helpGroup: 'GLOBAL'}),
    'no-color': Flags.boolean({summary: 'No colours (also: NO_COLOR in the environment)', helpGroup: 'GLOBAL'}),
  }

  private readonly warnings: string[] = []

  /** How text for stdout may look. */
  protected get look(): Look {
    return this.lookOf(process.stdout)
  }

  /** Calls the service with its tools, shows its events, prints its result. The command returns what this returns. */
  protected async runService<R>(
    service: (tools: ServiceTools) => Promise<R>,
    options: RunServiceOptions<R>,
  ): Promise<R> {
    const progress = createProgress({
      look: this.lookOf(process.stderr),
      silent: this.isSilent(),
      verbose: this.isGiven('verbose'),
      stream: process.stderr,
    })
    const timings = createTimings()
    const stopping: {cutFor?: string} = {}
    const signals = watchSignals({
      onStop: () => {
        const text = options.stopping ?? stoppingText(stopping.cutFor)
        if (text !== '') progress.say(text)
      },
    })
    const onEvent = (event: WorkEvent): void => {
      if (event.type === 'note' && event.level === 'warning') this.warnings.push(event.text)
      if (event.type === 'undo.cut') stopping.cutFor = event.reason
      timings.onEvent(event)
      progress.onEvent(event)
    }
    try {
      const result = await service(this.createTools(onEvent, {progress, signals}))
      if (options.showTimings === true) sayLines(progress, waterfall(timings.steps(), this.lookOf(process.stderr)))
      await progress.close()
      this.finish(result, options)
      return result
    } finally {
      await progress.close()
      signals.dispose()
    }
  }

  /** Nothing but the error itself is reported; the exit code is the same with and without --json. */
  protected override catch(error: unknown): Promise<void> {
    // `this.exit(n)` is no error.
    const exit = exitRequest(error)
    if (exit !== undefined) {
      process.exitCode = exit
      return Promise.resolve()
    }
    const reported = reportedError(error, {helpCommand: `${this.config.bin} ${this.commandName()} --help`})
    process.exitCode = reported.exitCode
    if (this.jsonEnabled()) this.logJson(errorEnvelope(this.commandName(), reported, this.warnings))
    else
      process.stderr.write(
        `${errorText(reported, {look: this.lookOf(process.stderr), verbose: this.isGiven('verbose')})}\n`,
      )
    return Promise.resolve()
  }

  protected override init(): Promise<void> {
    surviveClosedOutput()
    // Libraries that colour by themselves look at the environment only.
    if (this.isGiven('no-color')) process.env['NO_COLOR'] = '1'
    return super.init() as Promise<void>
  }

  private createTools(onEvent: OnEvent, parts: {progress: Progress; signals: SignalWatch}): ServiceTools {
    const {progress, signals} = parts
    const interactive = this.isInteractive()
    const prompt = async (text: string, hidden: boolean, before: string[] = []): Promise<string | undefined> => {
      await progress.pause()
      for (const line of before) process.stderr.write(`${line}\n`)
      const onInterrupt = (): void => {
        signals.raise('SIGINT')
      }
      return ask(text, {signal: signals.signal, onInterrupt, hidden})
    }
    return {
      signal: signals.signal,
      onEvent,
      interactive,
      command: this.typedCommand(),
      askSecret: async (text) => (interactive ? (await prompt(`${text}: `, true)) || undefined : undefined),
      confirm: async (question) => {
        const flag = question.flag.replace(/^--/, '')
        if (this.isGiven(flag)) return
        if (!interactive) throw this.consentMissing(question, flag)
        const lines = [question.text, ...question.consequences.map((line) => `  - ${line}`)]
        const answer = await prompt('Type yes to go on: ', false, lines)
        if (answer?.trim().toLowerCase() !== 'yes') throw this.consentMissing(question, flag)
      },
    }
  }

  private consentMissing(question: ConsentQuestion, flag: string): VicnfsError {
    const again = shellQuote([this.config.bin, ...this.commandName().split(' '), ...redactArgv(this.argv), `--${flag}`])
    const reason = [`This is what would be done: ${question.text}`, ...question.consequences].join('\n')
    const sentence = this.isInteractive()
      ? 'Consent was not given, so nothing was changed.'
      : `This needs --${flag}, since there is no terminal to ask on.`
    return new VicnfsError('VN-CONSENT-MISSING', sentence, {reason, tries: [again], details: {flag: `--${flag}`}})
  }

  private finish<R>(result: R, options: RunServiceOptions<R>): void {
    const exitCode = options.exitCode?.(result) ?? 0
    if (exitCode !== 0) process.exitCode = exitCode
    if (this.jsonEnabled()) {
      // oclif prints what the command returns, but nothing for an empty result.
      if (!result) this.logJson(this.toSuccessJson(result))
      return
    }
    const text = options.render(result)
    if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  protected override toSuccessJson(result: unknown): Envelope {
    return successEnvelope(this.commandName(), result, this.warnings)
  }

  /** Plain JSON, coloured nowhere. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${envelopeText(json as Envelope)}\n`)
  }

  private lookOf(stream: NodeJS.WriteStream): Look {
    return lookOf(stream, {environment: process.env, noColor: this.isGiven('no-color')})
  }

  private isSilent(): boolean {
    return this.jsonEnabled() || this.isGiven('quiet')
  }

  private isInteractive(): boolean {
    return [process.stdin, process.stderr].every((stream) => stream.isTTY) && !this.jsonEnabled()
  }

  /** True when the boolean flag stands in the command line; asked for before parsing too, for its errors. */
  private isGiven(flag: string): boolean {
    const end = this.argv.indexOf('--')
    return this.argv.slice(0, end === -1 ? undefined : end).includes(`--${flag}`)
  }

  /** Flags are left out: they may carry what belongs to nobody else. */
  private typedCommand(): string {
    const firstFlag = this.argv.findIndex((word) => word.startsWith('-'))
    const words = redactArgv(firstFlag === -1 ? this.argv : this.argv.slice(0, firstFlag))
    return shellQuote([this.config.bin, ...this.commandName().split(' '), ...words])
  }

  private commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }
}

function exitRequest(error: unknown): number | undefined {
  const {code, oclif} = error as {code?: unknown; oclif?: {exit?: number}}
  return code === 'EEXIT' ? (oclif?.exit ?? 0) : undefined
}

function sayLines(progress: Progress, lines: readonly string[]): void {
  if (lines.length > 0) progress.say(lines.join('\n'))
}

/** What Ctrl-C leads to. @param cutFor why nothing is undone any more; undefined while it is */
function stoppingText(cutFor: string | undefined): string {
  if (cutFor === undefined) {
    return 'Stopping: what this run has made is undone, except volumes (Ctrl-C again: exit at once and leave it)'
  }
  if (cutFor === EXCHANGE_CUT) {
    return 'Stopping, as soon as a server is at the address of the store again (Ctrl-C again: exit at once, and no server may be there until the command is run again)'
  }
  return 'Stopping: vic-machine goes on by itself, if it is at work, and nothing is undone; run the command again to see how it ended (Ctrl-C again: exit at once)'
}
