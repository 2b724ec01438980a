import type {OnEvent} from '../model/event.js'
import {shellQuote} from '../model/redaction.js'
import {VicnfsError} from '../model/vicnfs-error.js'
import type {Look} from './look.js'
import type {Progress} from './progress.js'
import {printable} from './printable.js'
import {ask} from './prompt.js'
import type {SignalWatch} from './signals.js'
import {wrapped} from './status-words.js'

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

/** What the tools of one run are made of. */
interface ToolParts extends Pick<ServiceTools, 'onEvent' | 'interactive' | 'command'> {
  readonly progress: Progress
  readonly signals: SignalWatch
  /** How a question may look. */
  readonly look: Look
  /** The whole command as typed, redacted, as words. */
  readonly again: readonly string[]
  /** Whether a boolean flag was typed. */
  readonly isGiven: (flag: string) => boolean
}

function consentMissing(question: ConsentQuestion, parts: Pick<ToolParts, 'again' | 'interactive'>): VicnfsError {
  const flag = `--${question.flag}`
  const reason = [`This is what would be done: ${question.text}`, ...question.consequences].join('\n')
  const sentence = parts.interactive
    ? 'Consent was not given, so nothing was changed.'
    : `This needs ${flag}, since there is no terminal to ask on.`
  const tries = [shellQuote([...parts.again, flag])]
  return new VicnfsError('VN-CONSENT-MISSING', sentence, {reason, tries, details: {flag}})
}

/** The tools of a service; what is asked on the terminal interrupts the progress and heeds the signals. */
export function createServiceTools(parts: ToolParts): ServiceTools {
  const {progress, signals, interactive, onEvent, command, isGiven} = parts
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
    command,
    askSecret: async (text) => (interactive ? (await prompt(`${text}: `, true)) || undefined : undefined),
    confirm: async (question) => {
      if (isGiven(question.flag)) return
      if (!interactive) throw consentMissing(question, parts)
      const {text, consequences} = printable(question)
      const {look} = parts
      const lines = [wrapped(text, look, ''), ...consequences.map((line) => `  - ${wrapped(line, look, '    ')}`)]
      const answer = await prompt('Type yes to go on: ', false, lines)
      if (answer?.trim().toLowerCase() !== 'yes') throw consentMissing(question, parts)
    },
  }
}
