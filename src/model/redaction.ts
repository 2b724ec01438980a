import {hideShortPassword} from './short-password.js'
import {hideUserInfo} from './user-info.js'

/** What stands in place of a secret. */
export const REDACTED = '***'

/** The value of an option in a text: quoted for a shell or for JSON, or bare. */
const VALUE = String.raw`(?:'(?:[^']|'\\'')*'|\\?"(?:\\.|[^"\\])*\\?"|[^\s"']+)`
const PASSWORD_OPTION = new RegExp(String.raw`(--?(?:ops-)?password(?:=|\s+|"?,\s*))${VALUE}`, 'g')
const PASSWORD_VARIABLE = new RegExp(String.raw`(VIC_MACHINE_PASSWORD\\?"?\s*[=:]\s*)${VALUE}`, 'g')

/**
 * A text without secrets (S8): user info of URLs and targets, password options and variables, and the given secrets in
 * each form in which they may turn up: plain, quoted by Go or JSON, percent-encoded. Takes time in proportion to the
 * text, however long a line of it is.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const forms = [...new Set(secrets.flatMap((secret) => formsOf(secret)))].sort((a, b) => b.length - a.length)
  let result = text
  for (const form of forms) result = result.replaceAll(form, REDACTED)
  result = result.replace(PASSWORD_VARIABLE, `$1${REDACTED}`).replace(PASSWORD_OPTION, `$1${REDACTED}`)
  return hideUserInfo(hideShortPassword(result, REDACTED, {value: VALUE}), REDACTED)
}

/** A command of vic-machine without secrets, argument by argument. */
export function redactArgv(argv: readonly string[], secrets: readonly string[] = []): string[] {
  return argv.map((argument, index) => {
    if (isPasswordOption(argv[index - 1] ?? '')) return REDACTED
    if (argv[index - 1] === '--target') return redact(withoutLogin(argument), secrets)
    const [option = '', value] = argument.split(/=(.*)/s)
    if (value !== undefined && isPasswordOption(option)) return `${option}=${REDACTED}`
    if (value !== undefined && option === '--target') return redact(`${option}=${withoutLogin(value)}`, secrets)
    return redact(argument, secrets)
  })
}

/** One line that a POSIX shell takes apart into exactly these arguments. */
export function shellQuote(argv: readonly string[]): string {
  return argv
    .map((argument) =>
      /^[A-Za-z0-9_@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`,
    )
    .join(' ')
}

/** A target without its login, whatever signs a password has: what stands before the last `@`. */
export function withoutLogin(target: string): string {
  return target.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${REDACTED}@`)
}

function isPasswordOption(option: string): boolean {
  return /^(?:--?password|--?ops-password|-p)$/.test(option)
}

function formsOf(secret: string): string[] {
  if (secret === '') return []
  const json = JSON.stringify(secret).slice(1, -1)
  const go = goQuoted(secret)
  const plain = percentEncoded(secret)
  const strict = plain.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const encoded = [plain, strict].flatMap((form) => [form, form.replaceAll('%20', '+')])
  return [
    secret,
    json,
    go,
    // A log line that quotes a text in which the secret was quoted already.
    goQuoted(go),
    JSON.stringify(json).slice(1, -1),
    ...encoded,
    ...encoded.map((form) => form.replace(/%../g, (escape) => escape.toLowerCase())),
    secret.replaceAll("'", `'\\''`),
  ]
}

/** As Go's strconv.Quote writes it, without the quotes around it. */
function goQuoted(text: string): string {
  const short: Record<string, string> = {
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\u0007': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
  }
  return text.replace(/["\\\p{Cc}]/gu, (sign) => {
    if (sign === '"' || sign === '\\') return `\\${sign}`
    const code = sign.codePointAt(0) ?? 0
    return (
      short[sign] ??
      (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
    )
  })
}

function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return text
  }
}
