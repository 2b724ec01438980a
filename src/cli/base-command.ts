import {Command, Flags, type Interfaces} from '@oclif/core'

import type {OnEvent, WorkEvent} from '../model/event.js'
import {placeFlagsOf, textHere, withCommandsHere, type RunPlace} from '../model/command-here.js'
import {redactArgv, shellQuote} from '../model/redaction.js'
import {createTimings} from '../model/timings.js'
import {withContext} from '../model/vicnfs-error.js'
import {surviveClosedOutput} from './closed-output.js'
import {envelopeText, errorEnvelope, successEnvelope, type Envelope} from './envelope.js'
import {errorText} from './error-text.js'
import {lookOf, type Look} from './look.js'
import {printable} from './printable.js'
import {createProgress, type Progress} from './progress.js'
import {reportedError} from './reported-error.js'
import {createServiceTools, type ServiceTools} from './service-tools.js'
import {watchSignals, type SignalWatch} from './signals.js'
import {stoppingText} from './stopping-text.js'
import {waterfall} from './waterfall.js'

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
  /** Where this command works, once its flags are read. */
  private place: RunPlace = {}

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
    const onEvent = (told: WorkEvent): void => {
      const event = printable(told)
      if (told.type === 'note' && told.level === 'warning') this.warnings.push(told.text)
      if (event.type === 'undo.cut') stopping.cutFor = event.reason
      timings.onEvent(event)
      progress.onEvent(event)
    }
    try {
      const result = this.here(await service(this.createTools(onEvent, {progress, signals})))
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
    const thrown = reportedError(error, {helpCommand: `${this.config.bin} ${this.commandName()} --help`})
    const reported = withContext(thrown, (context) => this.here(context))
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

  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    const names = placeFlagsOf(this.commandName())
    this.place = Object.fromEntries(Object.entries(parsed.flags).filter(([flag]) => names.includes(flag)))
    return parsed
  }

  /** A result or a context, with each command in it as it does the same here. */
  protected here<T>(value: T): T {
    const typed = [this.config.bin, ...this.commandName().split(' '), ...this.argv]
    return withCommandsHere(value, {place: this.place, environment: process.env, typed})
  }

  /** The same for a text that ends in a command. */
  protected textHere(text: string): string {
    return textHere(text, this.place, process.env)
  }

  private createTools(onEvent: OnEvent, parts: {progress: Progress; signals: SignalWatch}): ServiceTools {
    const again = [this.config.bin, ...this.commandName().split(' '), ...redactArgv(this.argv)]
    return createServiceTools({
      ...parts,
      look: this.lookOf(process.stderr),
      onEvent,
      interactive: this.isInteractive(),
      command: this.typedCommand(),
      again,
      isGiven: (flag) => this.isGiven(flag),
    })
  }

  private finish<R>(result: R, options: RunServiceOptions<R>): void {
    const exitCode = options.exitCode?.(result) ?? 0
    if (exitCode !== 0) process.exitCode = exitCode
    if (this.jsonEnabled()) {
      // oclif prints what the command returns, but nothing for an empty result.
      if (!result) this.logJson(this.toSuccessJson(result))
      return
    }
    const text = options.render(printable(result))
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
